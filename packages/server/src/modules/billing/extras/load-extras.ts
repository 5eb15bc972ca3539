import type { BillExtras } from '@perennial/core/billing'
import {
  findObstacle,
  NO_USES,
  type DiscountedLine,
  type Discount,
} from '@perennial/core/discounts'
import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { ShippingProfile } from '@perennial/core/shipping'
import type { Subscription, SubscriptionItem } from '@perennial/core/subscriptions'
import type { TaxRate } from '@perennial/core/tax'
import { parseInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { countCustomerUses, toDiscount } from '../../discounts/index.ts'
import { toShippingProfile } from '../../shipping/index.ts'
import { toTaxRate } from '../../tax/index.ts'
import { readExtras, type ExtraRow, type StoredDiscount } from './queries.ts'

/** What is billed, as far as discounts and shipping ask. */
export type BorneItem = Pick<SubscriptionItem, 'productId' | 'fulfillmentType'> & {
  /** Absent = it is. */
  readonly isRecurring?: boolean
}

/** What is billed, as discounts look at it. */
export function toDiscountedLines(items: readonly BorneItem[]): DiscountedLine[] {
  return items.map(({ productId, isRecurring = true }) => ({ productId, isRecurring }))
}

/** A subscription whose bills may carry more than its items. */
export type ExtrasSubject = {
  readonly subscription: Pick<Subscription, 'id' | 'customerId' | 'extras' | 'profile'>
  readonly items: readonly BorneItem[]
  /** Whose uses count for it as well: of one that takes over, the one before. */
  readonly usesOfId?: Uuid
}

const NONE: ReadonlyMap<Uuid, BillExtras> = new Map()

/**
 * What the bills of these subscriptions carry besides their items, by id. Where none of them has a discount or a tax rate or
 * goods to ship, nothing is asked. Of a discount whose uses are limited the first in the batch have what is left.
 */
export async function loadExtras(
  tx: Tx,
  accountId: Uuid,
  { subjects, at }: { readonly subjects: readonly ExtrasSubject[]; readonly at: Instant },
): Promise<ReadonlyMap<Uuid, BillExtras>> {
  const bearing = subjects.filter(hasExtras)
  if (bearing.length === 0) return NONE
  const rows = await readExtras(tx, accountId, wantedBy(bearing))
  const found = toFound(rows)
  const allot = await createAllot(tx, accountId, { bearing, found, at })
  return new Map(
    bearing.map((subject) => {
      const { subscription, items } = subject
      const shipping = items.some(isShipped)
        ? {
            own: found.ownOf.get(subscription.profile?.profileId ?? subscription.id) ?? null,
            offered: found.offered,
            groupOf: found.groupOf,
          }
        : null
      const taxRates = (subscription.extras?.taxRateIds ?? []).flatMap(
        (id) => found.taxRates.get(id) ?? [],
      )
      return [subscription.id, { discounts: allot(subject), taxRates, shipping }]
    }),
  )
}

function hasExtras({ subscription, items }: ExtrasSubject): boolean {
  return subscription.extras !== null || items.some(isShipped)
}

const isShipped = ({ fulfillmentType }: BorneItem): boolean => fulfillmentType === 'physical'

function wantedBy(bearing: readonly ExtrasSubject[]) {
  const shipping = bearing.filter(({ items }) => items.some(isShipped))
  return {
    borne: bearing.flatMap(({ subscription: { id, extras }, usesOfId: subscriptionId = id }) =>
      (extras?.discountIds ?? []).map((discountId) => ({ subscriptionId, discountId })),
    ),
    taxRateIds: distinct(
      bearing.flatMap(({ subscription }) => subscription.extras?.taxRateIds ?? []),
    ),
    ships: shipping.length > 0,
    profileIds: distinct(
      shipping.flatMap(({ subscription }) => subscription.profile?.profileId ?? []),
    ),
    productIds: distinct(
      shipping.flatMap(({ items }) =>
        items.filter(isShipped).flatMap(({ productId }) => productId ?? []),
      ),
    ),
  }
}

const distinct = (ids: readonly Uuid[]): Uuid[] => [...new Set(ids)]

type FoundDiscount = { readonly discount: Discount; readonly usesMade: number }
type Found = {
  readonly discounts: ReadonlyMap<Uuid, FoundDiscount>
  /** By subscription and discount. */
  readonly uses: ReadonlyMap<string, number>
  readonly taxRates: ReadonlyMap<Uuid, TaxRate>
  readonly ownOf: ReadonlyMap<Uuid, ShippingProfile>
  readonly offered: readonly ShippingProfile[]
  readonly groupOf: ReadonlyMap<Uuid, string>
}

const keyOf = (one: Uuid, other: Uuid): string => `${one} ${other}`

function toFound(rows: readonly ExtraRow[]): Found {
  const discounts = new Map<Uuid, FoundDiscount>()
  const uses = new Map<string, number>()
  const taxRates = new Map<Uuid, TaxRate>()
  const ownOf = new Map<Uuid, ShippingProfile>()
  const offered: ShippingProfile[] = []
  const groupOf = new Map<Uuid, string>()
  for (const row of rows) {
    switch (row.kind) {
      case 'discount':
        discounts.set(row.id, toFoundDiscount(row.body))
        break
      case 'use':
        uses.set(keyOf(row.id, row.other_id), row.body)
        break
      case 'tax_rate':
        taxRates.set(row.id, toTaxRate(row.body))
        break
      case 'own':
        ownOf.set(row.id, toShippingProfile(row.body))
        break
      case 'offered':
        offered.push(toShippingProfile(row.body))
        break
      case 'group':
        groupOf.set(row.id, row.body)
        break
      default:
        assertNever(row)
    }
  }
  return { discounts, uses, taxRates, ownOf, offered, groupOf }
}

function toFoundDiscount(stored: StoredDiscount): FoundDiscount {
  const discount = toDiscount({
    ...stored,
    value: BigInt(stored.value),
    valid_from: toInstant(stored.valid_from),
    valid_until: toInstant(stored.valid_until),
  })
  return { discount, usesMade: stored.uses_reserved + stored.redemptions }
}

function toInstant(text: string | null): Instant | null {
  if (text === null) return null
  const instant = parseInstant(text)
  assert(instant !== null, 'a stored instant is one')
  return instant
}

/** Gives each subscription in turn its discounts with the uses that are left for it. */
async function createAllot(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly bearing: readonly ExtrasSubject[]
    readonly found: Found
    readonly at: Instant
  },
): Promise<(subject: ExtrasSubject) => BillExtras['discounts']> {
  const { bearing, found, at } = given
  const inAll = new Map([...found.discounts].map(([id, { usesMade }]) => [id, usesMade]))
  const ofCustomer = await countLimited(tx, accountId, { bearing, found })
  return ({ subscription, items, usesOfId = subscription.id }) =>
    (subscription.extras?.discountIds ?? []).flatMap((id) => {
      const discount = found.discounts.get(id)?.discount
      if (discount === undefined) return []
      const byCustomer = keyOf(id, subscription.customerId)
      const uses = {
        ofSubscription: found.uses.get(keyOf(usesOfId, id)) ?? NO_USES.ofSubscription,
        inAll: inAll.get(id) ?? NO_USES.inAll,
        ofCustomer: ofCustomer.get(byCustomer) ?? NO_USES.ofCustomer,
      }
      const lines = toDiscountedLines(items)
      if (findObstacle(discount, uses, { at, lines, isFirstTimeCustomer: true }) === null) {
        inAll.set(id, uses.inAll + 1)
        ofCustomer.set(byCustomer, uses.ofCustomer + 1)
      }
      return [{ discount, uses }]
    })
}

/**
 * Uses by customer, where a discount limits them: another statement, sent once the discounts are locked, so that it sees
 * what was used while this waited.
 */
async function countLimited(
  tx: Tx,
  accountId: Uuid,
  { bearing, found }: { readonly bearing: readonly ExtrasSubject[]; readonly found: Found },
): Promise<Map<string, number>> {
  const limited = bearing.flatMap(({ subscription: { customerId, extras } }) =>
    (extras?.discountIds ?? [])
      .filter((id) => (found.discounts.get(id)?.discount.usesPerCustomerMax ?? null) !== null)
      .map((discountId) => ({ discountId, customerId })),
  )
  const counted = await countCustomerUses(tx, accountId, limited)
  return new Map(
    counted.map(({ discountId, customerId, uses }) => [keyOf(discountId, customerId), uses]),
  )
}
