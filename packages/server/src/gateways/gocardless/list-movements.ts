import {
  fromWireMinor,
  isWireMinor,
  parseCurrency,
  parseDecimal,
  ratio,
  scaleMinor,
  type Currency,
} from '@perennial/core/money'
import type {
  GatewayMovement,
  MovementKind,
  MovementPage,
  MovementsQuery,
} from '@perennial/core/payments'
import { formatInstant, parseInstant, type Instant } from '@perennial/core/time'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { listOf, type GoCardlessApi } from './gocardless-api.ts'

const PAGE_SIZE = 500
const PAGES_MAX = 200

type Payout = {
  readonly id: string
  readonly at: Instant
  readonly amountMinor: bigint
  readonly currency: Currency
}

/** What moved is told payout by payout, so a page of ours is one payout. */
export async function listMovements(
  api: GoCardlessApi,
  query: MovementsQuery,
): Promise<MovementPage> {
  const payouts = await listPayouts(api, query)
  const index = payouts.findIndex(({ id }) => id === query.cursor) + 1
  const payout = payouts[index]
  if (payout === undefined) return { movements: [], nextCursor: null }
  const items = await listAll(api, 'payout_items', new URLSearchParams({ payout: payout.id }))
  const movements = [...toMovements(payout, items), payoutMovement(payout)]
  return { movements, nextCursor: index + 1 < payouts.length ? payout.id : null }
}

/** Oldest first; the vendor lists latest first. */
async function listPayouts(api: GoCardlessApi, query: MovementsQuery): Promise<Payout[]> {
  const span = new URLSearchParams({
    'created_at[gte]': formatInstant(query.from),
    'created_at[lt]': formatInstant(query.until),
  })
  const listed = await listAll(api, 'payouts', span)
  return listed.map(toPayout).toReversed()
}

async function listAll(
  api: GoCardlessApi,
  name: string,
  query: URLSearchParams,
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  query.set('limit', String(PAGE_SIZE))
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api.get(`/${name}?${query.toString()}`)
    const list = listOf(answer, name)
    if (list === null) throw new Error(`the gateway answered ${answer.status}`)
    found.push(...list.items)
    if (list.after === null) return found
    query.set('after', list.after)
  }
  throw new Error(`the gateway lists more ${name} than can be read`)
}

function toPayout(body: unknown): Payout {
  const id = readText(body, 'id')
  const at = parseInstant(readText(body, 'created_at') ?? '')
  const currency = parseCurrency(readText(body, 'currency') ?? '')
  const amount = readNumber(body, 'amount')
  if (id === null || at === null || currency === null || !isWireMinor(amount))
    throw new Error('the gateway listed a payout that makes no sense')
  return { id, at, currency, amountMinor: fromWireMinor(amount) }
}

const FEES = ['gocardless_fee', 'app_fee', 'surcharge_fee', 'revenue_share']

/** What a payer or a bank takes back is told as a return, so that its line is an adjustment, as any that is not named. */
const KINDS: Readonly<Record<string, MovementKind>> = {
  payment_paid_out: 'charge',
  payment_refunded: 'refund',
  refund: 'refund',
}

/** "Payout items": amounts in minor units with one decimal, of which only fees use it. */
function toMovements(payout: Payout, items: readonly unknown[]): GatewayMovement[] {
  const fees = feesOf(items)
  const movements = items
    .filter((item) => !FEES.includes(readText(item, 'type') ?? ''))
    .map((item, index): GatewayMovement => {
      const type = readText(item, 'type') ?? 'item'
      const payment = readText(item, 'links', 'payment')
      const isCharge = type === 'payment_paid_out'
      const feeMinor = isCharge ? takeFee(fees, payment) : 0n
      return {
        ...shared(payout),
        reference: `${payout.id}:${index}:${type}`,
        kind: KINDS[type] ?? 'adjustment',
        chargeReference: payment,
        amountMinor: tenthsOf(item) / 10n,
        feeMinor,
      }
    })
  return [...movements, ...otherFees(payout, fees)]
}

function shared({ id, at, currency }: Payout) {
  return { idempotencyKey: null, currency, at, payoutReference: id } as const
}

type Fees = Map<string | null, bigint>

/**
 * Fees by payment, in whole minor units: each running total is rounded, so that together they make what the
 * payout is short by.
 */
function feesOf(items: readonly unknown[]): Fees {
  const fees: Fees = new Map()
  let tenths = 0n
  let told = 0n
  for (const item of items.filter((one) => FEES.includes(readText(one, 'type') ?? ''))) {
    tenths -= tenthsOf(item)
    const total = scaleMinor(tenths, ratio(1n, 10n))
    const payment = readText(item, 'links', 'payment')
    fees.set(payment, (fees.get(payment) ?? 0n) + total - told)
    told = total
  }
  return fees
}

function takeFee(fees: Fees, payment: string | null): bigint {
  const fee = fees.get(payment) ?? 0n
  if (fee < 0n) return 0n
  fees.delete(payment)
  return fee
}

/** Fees of what was not paid out here, and those that were given back. */
function otherFees(payout: Payout, fees: Fees): GatewayMovement[] {
  return [...fees]
    .filter(([, fee]) => fee !== 0n)
    .map(([payment, fee], index) => ({
      ...shared(payout),
      reference: `${payout.id}:fee:${index}`,
      kind: 'fee',
      chargeReference: payment,
      amountMinor: -fee,
      feeMinor: 0n,
    }))
}

function payoutMovement(payout: Payout): GatewayMovement {
  return {
    ...shared(payout),
    reference: payout.id,
    kind: 'payout',
    chargeReference: null,
    amountMinor: -payout.amountMinor,
    feeMinor: 0n,
  }
}

function tenthsOf(item: unknown): bigint {
  const amount = readText(item, 'amount') ?? ''
  const parsed = parseDecimal(amount)
  if (parsed === null)
    throw new Error(`the gateway listed an amount that makes no sense: ${amount}`)
  return scaleMinor(10n, parsed)
}
