import {
  listedRefundNotice,
  type GatewayMovement,
  type MovementKind,
  type MovementPage,
  type MovementsQuery,
} from '@perennial/core/payments'
import { fromUnixSeconds } from '@perennial/core/time'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { fromStripeAmount } from './amounts.ts'
import { pageOf } from './look-up.ts'
import { keyOf } from './payment-intent.ts'
import { toRefundOutcome } from './refund.ts'
import { toReturnedDebit } from './returned-debit.ts'
import type { StripeApi } from './stripe-client.ts'

const PAGE = 100
/** Walks to the oldest line of a new account, once. */
const PAGES_MAX = 1_000

/**
 * The vendor lists its balance transactions newest first; read from the line before the window upwards, page by page, they
 * come oldest first.
 */
export async function listMovements(api: StripeApi, query: MovementsQuery): Promise<MovementPage> {
  const { cursor } = query
  const before = cursor ?? (await findLineBefore(api, query))
  const page = before === null ? await oldestPage(api, query) : await pageAfter(api, query, before)
  const rows = page.rows.toReversed()
  const last = readText(rows.at(-1), 'id')
  return {
    movements: rows.flatMap(toMovements),
    nextCursor: page.hasMore ? last : null,
  }
}

type Page = ReturnType<typeof pageOf>

function windowOf({ from, until }: MovementsQuery) {
  // Whole seconds there: half-open on both sides.
  return { gte: Math.ceil(from / 1000), lt: Math.ceil(until / 1000) }
}

async function findLineBefore(api: StripeApi, { from }: MovementsQuery): Promise<string | null> {
  const created = { lt: Math.ceil(from / 1000) }
  const list = await api.client.balanceTransactions.list({ created, limit: 1 })
  return readText(pageOf(list).rows[0], 'id')
}

async function pageAfter(api: StripeApi, query: MovementsQuery, before: string): Promise<Page> {
  return pageOf(
    await api.client.balanceTransactions.list({
      created: windowOf(query),
      ending_before: before,
      limit: PAGE,
      expand: ['data.source'],
    }),
  )
}

/** Of an account that had nothing before the window: there is no line to read upwards from. */
async function oldestPage(api: StripeApi, query: MovementsQuery): Promise<Page> {
  let after: string | null = null
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const page: Page = pageOf(
      await api.client.balanceTransactions.list({
        created: windowOf(query),
        limit: PAGE,
        expand: ['data.source'],
        ...(after === null ? {} : { starting_after: after }),
      }),
    )
    // The oldest; newer ones follow it if there was a page before.
    if (!page.hasMore) return { rows: page.rows, hasMore: after !== null }
    after = readText(page.rows.at(-1), 'id')
  }
  throw new Error('the list of movements is too long to read')
}

/** https://docs.stripe.com/reports/balance-transaction-types */
const KINDS: Readonly<Record<string, MovementKind>> = {
  charge: 'charge',
  payment: 'charge',
  refund: 'refund',
  payment_refund: 'refund',
  refund_failure: 'refund',
  payment_failure_refund: 'refund',
  payout: 'payout',
  payout_cancel: 'payout',
  payout_failure: 'payout',
  stripe_fee: 'fee',
  application_fee: 'fee',
  network_cost: 'fee',
}

/** A fee that was given back, as with a dispute that was won, is a line of its own: the payout that carries it has it. */
function toMovements(row: unknown): GatewayMovement[] {
  const { movement, feeMinor } = toLine(row)
  const isGivenBack = feeMinor < 0n
  const line = toTold(row, { ...movement, feeMinor: isGivenBack ? 0n : feeMinor })
  if (!isGivenBack) return [line]
  const reference = `${line.reference}:fee`
  const fee = { reference, kind: 'fee', idempotencyKey: null, amountMinor: -feeMinor } as const
  return [line, { ...movement, ...fee, feeMinor: 0n }]
}

function toLine(line: unknown): {
  readonly movement: Omit<GatewayMovement, 'feeMinor'>
  readonly feeMinor: bigint
} {
  const reference = readText(line, 'id')
  const created = readNumber(line, 'created')
  const code = readText(line, 'currency')
  const money = fromStripeAmount(readNumber(line, 'amount'), code)
  const fee = fromStripeAmount(readNumber(line, 'fee') ?? 0, code)
  if (reference === null || created === null || money === null || fee === null)
    throw new Error('the gateway answered nonsense about what has moved')
  const kind = kindOf(line)
  const isPayout = kind === 'payout'
  const movement = {
    reference,
    kind: kind ?? 'adjustment',
    chargeReference:
      readText(line, 'source', 'payment_intent') ?? readText(line, 'source', 'charge'),
    idempotencyKey: isKeyed(kind) ? keyOf(sourceOf(line)) : null,
    amountMinor: money.amountMinor,
    currency: money.currency,
    at: fromUnixSeconds(created),
    payoutReference: isPayout ? readText(line, 'source', 'id') : null,
  }
  return { movement, feeMinor: fee.amountMinor }
}

/** With what it tells of a refund that has gone: the webhook may have got lost. */
function toTold(line: unknown, movement: GatewayMovement): GatewayMovement {
  const { kind, amountMinor, chargeReference, idempotencyKey, currency, at } = movement
  if (kind !== 'refund' || amountMinor >= 0n) return movement
  const outcome = toRefundOutcome(sourceOf(line))
  if (outcome.kind !== 'succeeded') return movement
  const { gatewayReference: refundReference } = outcome
  const about = { chargeReference, idempotencyKey, currency, at }
  const notice = listedRefundNotice({ ...about, refundReference, amountMinor: -amountMinor })
  return { ...movement, notice }
}

function kindOf(line: unknown): MovementKind | undefined {
  const category = readText(line, 'reporting_category')
  if (category !== 'dispute' && category !== 'dispute_reversal')
    return KINDS[readText(line, 'type') ?? '']
  // A debit that came back is no dispute here: what undoes its payment is an adjustment.
  return toReturnedDebit(sourceOf(line)) === null ? category : undefined
}

function isKeyed(kind: MovementKind | undefined): boolean {
  return kind === 'charge' || kind === 'refund'
}

function sourceOf(line: unknown): unknown {
  return typeof line === 'object' && line !== null ? Reflect.get(line, 'source') : null
}
