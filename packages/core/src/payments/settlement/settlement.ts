import { assertNever } from '../../fault/index.ts'
import { fitsWire, type Currency } from '../../money/index.ts'
import { addDays, formatInstant, type Instant } from '../../time/index.ts'
import type { GatewayMovement, MovementKind } from '../gateway/gateway-movement.ts'

/** What a line of a settlement that a merchant hands in may be about. */
export const SETTLEMENT_KINDS = [
  'charge',
  'refund',
  'chargeback',
  'chargeback_reversal',
  'fee',
  'payout',
  'adjustment',
] as const
export type SettlementKind = (typeof SETTLEMENT_KINDS)[number]

/** A line of a gateway's settlement, as a merchant has it from the gateway's own reports. */
export type SettlementRow = {
  readonly kind: SettlementKind
  /** The gateway's name for the charge that it is about: of a refund or a chargeback the charge's as well. */
  readonly gatewayReference: string | null
  /** Before fees. Above zero; a fee, a payout, an adjustment or a refund that came back is below it, and then goes the other way. */
  readonly amountMinor: bigint
  /** What the gateway kept of it; below zero where it gave more than the amount, as for interchange that comes back. */
  readonly feeMinor: bigint
  readonly currency: Currency
  readonly payoutId: string | null
  readonly at: Instant
  /** The gateway's own name for the line, where it has one. */
  readonly lineId: string | null
}

/** Everything, or only what a gateway that lists its charges by itself does not tell. */
export type SettlementTakes = 'everything' | 'fees_and_payouts'

/** `row` counts from 1, without the line of names. */
export type SettlementProblem = {
  readonly row: number
  readonly field: keyof SettlementRow
  readonly message: string
}

export type SettlementPlan =
  | { readonly kind: 'accepted'; readonly lines: readonly SettlementLine[] }
  | { readonly kind: 'refused'; readonly problems: readonly SettlementProblem[] }

export type SettlementLine = { readonly row: number; readonly movement: GatewayMovement }

/** Told at most; the rest is looked at once these are put right. */
const PROBLEMS_MAX = 20

/**
 * What the rows of a settlement say has moved, all of them or none. Handed in again, a row makes the line that it made
 * before: one that has no name of its own is named after what it says.
 */
export function planSettlement(
  rows: readonly SettlementRow[],
  given: { readonly takes: SettlementTakes; readonly now: Instant },
): SettlementPlan {
  const problems: SettlementProblem[] = []
  const lines: SettlementLine[] = []
  const named = new Map<string, number>()
  for (const [index, row] of rows.entries()) {
    const number = index + 1
    const problem = problemOf(row, given)
    if (problem !== null) {
      problems.push({ row: number, ...problem })
      if (problems.length === PROBLEMS_MAX) break
      continue
    }
    const same = nameOf(row)
    const nth = (named.get(same) ?? 0) + 1
    named.set(same, nth)
    if (nth > 1 && (row.lineId !== null || row.kind === 'payout')) {
      const field = row.kind === 'payout' ? 'payoutId' : 'lineId'
      problems.push({ row: number, field, message: 'It is there twice.' })
      if (problems.length === PROBLEMS_MAX) break
    }
    const reference = nth === 1 ? same : `${same} #${nth}`
    for (const movement of movementsOf(row, reference)) lines.push({ row: number, movement })
  }
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'accepted', lines }
}

const OF_CHARGE: readonly SettlementKind[] = [
  'charge',
  'refund',
  'chargeback',
  'chargeback_reversal',
]

/** What is about a charge of ours; the rest is about the balance. */
export function isOfCharge(kind: SettlementKind): boolean {
  return OF_CHARGE.includes(kind)
}

function problemOf(
  row: SettlementRow,
  { takes, now }: { readonly takes: SettlementTakes; readonly now: Instant },
): Omit<SettlementProblem, 'row'> | null {
  const namesCharge = isOfCharge(row.kind)
  if (namesCharge && takes === 'fees_and_payouts')
    return {
      field: 'kind',
      message: `The gateway lists its charges by itself: leave every ${row.kind} out, or it counts twice.`,
    }
  if (namesCharge && row.gatewayReference === null)
    return { field: 'gatewayReference', message: `A ${row.kind} names its charge.` }
  if (row.kind === 'payout' && row.payoutId === null)
    return { field: 'payoutId', message: 'A payout has an id.' }
  if (namesCharge && row.kind !== 'refund' && row.amountMinor <= 0n)
    return { field: 'amountMinor', message: `The amount of a ${row.kind} is above zero.` }
  if (row.amountMinor === 0n) return { field: 'amountMinor', message: 'Nothing has moved.' }
  if (!fitsWire(row.amountMinor) || !fitsWire(row.feeMinor))
    return { field: 'amountMinor', message: 'The amount is larger than any that is booked.' }
  if (!namesCharge && row.feeMinor !== 0n)
    return {
      field: 'feeMinor',
      message: `A ${row.kind} has no fee of its own: give a row of kind fee.`,
    }
  // The day may have begun already where the gateway is.
  if (row.at > addDays(now, 1)) return { field: 'at', message: 'It lies in the future.' }
  return null
}

/** Of a payout its id, of any other line the gateway's own name for it, or else all that it says. */
function nameOf(row: SettlementRow): string {
  const { kind, lineId, gatewayReference, payoutId, currency } = row
  if (kind === 'payout') return `settlement payout ${payoutId}`
  if (lineId !== null) return `settlement ${kind} ${lineId}`
  // What is about a charge may be handed in before its payout is known, and again with it.
  const about = gatewayReference ?? payoutId ?? 'none'
  const sums = `${row.amountMinor} ${row.feeMinor} ${currency}`
  return `settlement ${kind} ${about} ${sums} ${formatInstant(row.at)}`
}

function movementsOf(row: SettlementRow, reference: string): GatewayMovement[] {
  const { kind, amountMinor, feeMinor, currency, at } = row
  // A gateway that hands settlements out tells of a dispute without its fee, so the dispute has booked none.
  const isFeeApart = kind === 'chargeback' || feeMinor < 0n
  const line: GatewayMovement = {
    reference,
    kind: movementKindOf(kind),
    chargeReference: row.gatewayReference,
    idempotencyKey: null,
    amountMinor: isTaken(kind) ? -amountMinor : amountMinor,
    feeMinor: isFeeApart ? 0n : feeMinor,
    currency,
    at,
    payoutReference: row.payoutId,
  }
  if (!isFeeApart || feeMinor === 0n) return [line]
  const fee = { reference: `${reference} fee`, kind: 'fee', amountMinor: -feeMinor } as const
  return [line, { ...line, ...fee }]
}

function movementKindOf(kind: SettlementKind): MovementKind {
  switch (kind) {
    case 'charge':
    case 'refund':
    case 'fee':
    case 'payout':
    case 'adjustment':
      return kind
    case 'chargeback':
      return 'dispute'
    case 'chargeback_reversal':
      return 'dispute_reversal'
    default:
      return assertNever(kind)
  }
}

/** What lowers the balance at the gateway; an adjustment says its direction itself. */
export function isTaken(kind: SettlementKind): boolean {
  return kind === 'refund' || kind === 'chargeback' || kind === 'fee' || kind === 'payout'
}
