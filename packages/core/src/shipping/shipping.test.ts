import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../fault/index.ts'
import { isUuid, type Uuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import { parseInstant } from '../time/index.ts'
import {
  changeShipment,
  findShipping,
  type Shipment,
  type ShipmentStatus,
  type ShippingProfile,
  type ShippingRate,
  type ShippingTerms,
} from './index.ts'

function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a numbered id is a uuid')
  return id
}

function currencyOf(code: string) {
  const currency = parseCurrency(code)
  assert(currency !== null, 'a test names a currency')
  return currency
}

const [TEA, CUP] = [numberedId(1), numberedId(2)]
const USD = currencyOf('USD')

const rate = (amountMinor: bigint, more: Partial<ShippingRate> = {}): ShippingRate => ({
  amountMinor,
  provider: null,
  providerMethod: null,
  productIds: [],
  productGroups: [],
  revenueMinMinor: null,
  revenueMaxMinor: null,
  ...more,
})
const profile = (
  rates: readonly ShippingRate[],
  more: Partial<ShippingProfile> = {},
): ShippingProfile => ({ id: numberedId(50), name: 'Parcels', currency: USD, rates, ...more })

const NOTHING: ShippingTerms = { own: null, offered: [], groupOf: new Map() }
const ONLY_CUPS = rate(7_00n, { productIds: [CUP] })
const SALE = { currency: USD, productIds: [TEA], revenueMinor: 40_00n, isRenewal: true }

const FOUND: readonly (readonly [string, Partial<ShippingTerms>, Partial<typeof SALE>, bigint | null])[] = [
  // revcent.md 19, item 69
  ["a renewal bears the first rate of its own profile, whatever its conditions", { own: profile([ONLY_CUPS, rate(3_00n)]) }, {}, 7_00n],
  ['a first sale looks at the conditions', { own: profile([ONLY_CUPS]), offered: [profile([ONLY_CUPS, rate(3_00n)])] }, { isRenewal: false }, 3_00n],
  ['without its own, the first that qualifies', { offered: [profile([ONLY_CUPS, rate(3_00n)])] }, {}, 3_00n],
  ['by product', { offered: [profile([ONLY_CUPS, rate(3_00n)])] }, { productIds: [TEA, CUP] }, 7_00n],
  ['by group', { offered: [profile([rate(5_00n, { productGroups: ['hot'] })])], groupOf: new Map([[TEA, 'hot']]) }, {}, 5_00n],
  ['of another group', { offered: [profile([rate(5_00n, { productGroups: ['hot'] })])], groupOf: new Map([[TEA, 'cold']]) }, {}, null],
  ['revenue at its lower bound', { offered: [profile([rate(1_00n, { revenueMinMinor: 40_00n })])] }, {}, 1_00n],
  ['revenue below it', { offered: [profile([rate(1_00n, { revenueMinMinor: 40_01n })])] }, {}, null],
  ['revenue at its upper bound', { offered: [profile([rate(1_00n, { revenueMaxMinor: 40_00n })])] }, {}, 1_00n],
  ['revenue above it', { offered: [profile([rate(1_00n, { revenueMaxMinor: 39_99n })])] }, {}, null],
  ['nothing offered', {}, {}, null],
  ['a rate in another currency never counts', { own: profile([rate(1_00n)], { currency: currencyOf('EUR') }) }, {}, null],
] // prettier-ignore

for (const [name, terms, sale, expected] of FOUND) {
  test(`${name}: ${expected === null ? 'none' : `${expected}`}`, () => {
    const found = findShipping({ ...NOTHING, ...terms }, { ...SALE, ...sale })
    equal(found.rate?.amountMinor ?? null, expected)
    equal(found.profileId === null, expected === null)
  })
}

const AT = parseInstant('2031-01-15T00:00:00Z')
assert(AT !== null, 'a test names an instant')

function shipment(status: ShipmentStatus): Shipment {
  assert(AT !== null, 'a test names an instant')
  const sent = { provider: null, providerMethod: null, shippingProfileId: null, shipTo: null }
  return {
    ...sent,
    id: numberedId(60),
    version: 1,
    customerId: numberedId(61),
    subscriptionId: null,
    invoiceId: numberedId(62),
    status,
    amountMinor: 0n,
    currency: USD,
    trackingNumber: null,
    metadata: {},
    shippedAt: null,
    deliveredAt: null,
    canceledAt: null,
    createdAt: AT,
    updatedAt: AT,
  }
}

test('a shipment goes out, arrives, or is called off before it went, and nothing else', () => {
  const statuses = ['pending', 'shipped', 'delivered', 'canceled'] as const
  const moves = statuses.flatMap((from) =>
    statuses
      .filter((to) => to !== from)
      .filter((to) => changeShipment(shipment(from), { status: to }, AT).kind === 'accepted')
      .map((to) => `${from} ${to}`),
  )
  deepEqual(moves, [
    'pending shipped',
    'pending delivered',
    'pending canceled',
    'shipped delivered',
    'canceled pending',
  ])
  const told = changeShipment(shipment('delivered'), { trackingNumber: 'T1' }, AT)
  ok(told.kind === 'accepted' && told.shipment.trackingNumber === 'T1')
})
