import type { Uuid } from '@perennial/core/ids'
import {
  planSettlement,
  type SettlementLine,
  type SettlementProblem,
  type SettlementRow,
  type SettlementTakes,
} from '@perennial/core/payments'
import { addDays, addMs, maxInstant, minInstant, type Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
  type Refused,
} from '../../../platform/command/index.ts'
import { type Tx, violatedConstraint } from '../../../platform/db/index.ts'
import {
  compareBooks,
  findSettledGateway,
  finishReconciliation,
  listChangedLines,
  listPayoutSums,
  listUnmatchedLines,
  matchMovements,
  setCorrectionsAside,
  startReconciliation,
  sumPayouts,
  type PayoutSum,
} from '../../payments/reconciliation/index.ts'
import type { BillingDeps } from '../scope.ts'
import { bookMovements } from './book-movements.ts'
import { bookSetAside } from './resolve-difference.ts'

export type SettlementRequest = {
  readonly gatewayId: Uuid
  readonly rows: readonly SettlementRow[]
  /** Tells what it would do, and does nothing. */
  readonly isPreview: boolean
}

export type SettlementRefusal =
  | 'gateway_not_found'
  | 'settlement_not_taken'
  | 'settlement_invalid'
  | 'reconciled_elsewhere'

export type ImportedSettlement = {
  /** Null of a preview. */
  readonly runId: Uuid | null
  readonly lines: readonly SettlementLine[]
  readonly newLines: number
  readonly matched: number
  /** Names of lines that nothing of ours stands behind. */
  readonly unmatched: ReadonlySet<string>
  readonly payouts: readonly PayoutSum[]
  readonly opened: number
  readonly resolved: number
}

/** What is wrong with which row, by the names that rows come in with. */
export type RowProblem = { readonly row: number; readonly field: string; readonly message: string }

type SettlementRefused = Refused<SettlementRefusal> & { readonly problems?: readonly RowProblem[] }

export type SettlementDecision =
  | Extract<Decision<ImportedSettlement, never>, { readonly kind: 'accepted' }>
  | SettlementRefused

type Refusing = { readonly problems: readonly SettlementProblem[] }

/**
 * Takes a gateway's settlement from the merchant, by the way that the list of a gateway goes: what is new is kept and
 * booked, each line finds the thing of ours that it is about, and what differs is noted. All of it, or nothing; the same
 * rows again change nothing. A preview is the same, taken back.
 */
export async function importSettlement(
  deps: Pick<BillingDeps, 'vendors'>,
  context: CommandContext,
  request: SettlementRequest,
): Promise<SettlementDecision> {
  const of = { accountId: context.accountId, gatewayId: request.gatewayId }
  const gateway = await context.inTx((tx) => findSettledGateway(tx, of))
  if (gateway === null) return refused('gateway_not_found')
  const takes = deps.vendors.find(({ kind }) => kind === gateway.kind)?.settlement?.takes
  if (takes === undefined) return refused('settlement_not_taken')
  const plan = planSettlement(request.rows, { takes, now: context.now })
  if (plan.kind === 'refused') return toRefusal(plan)
  try {
    return await context.inTx(async (tx) => {
      const written = await write(tx, context, { ...of, takes, lines: plan.lines })
      if ('problems' in written) throw new TakenBack(toRefusal(written))
      if (request.isPreview) throw new TakenBack(accepted({ ...written, runId: null }))
      return accepted(written)
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.decision
    if (violatedConstraint(error) === 'reconciliation_differences_once')
      return refused('reconciled_elsewhere')
    throw error
  }
}

/** Ends a transaction whose work is only told, or does not fit. */
class TakenBack extends Error {
  readonly decision: SettlementDecision

  constructor(decision: SettlementDecision) {
    super('a settlement is taken back')
    this.decision = decision
  }
}

function toRefusal({ problems }: Refusing): SettlementRefused {
  const told = problems.map(({ row, field, message }) => ({
    row,
    field: WIRE_NAMES[field],
    message,
  }))
  const [first] = told
  if (first === undefined) return refused('settlement_invalid')
  const { row, field, message } = first
  return {
    ...refused('settlement_invalid', {
      param: `rows[${row - 1}].${field}`,
      message: `Row ${row}, ${field}: ${message}`,
      details: { problems: told },
    }),
    problems: told,
  }
}

/** Of the rows as they come in. */
const WIRE_NAMES: Readonly<Record<keyof SettlementRow, string>> = {
  kind: 'kind',
  gatewayReference: 'gateway_reference',
  amountMinor: 'amount_minor',
  feeMinor: 'fee_minor',
  currency: 'currency',
  payoutId: 'payout_id',
  at: 'date',
  lineId: 'line_id',
}

type Writing = {
  readonly accountId: Uuid
  readonly gatewayId: Uuid
  readonly takes: SettlementTakes
  readonly lines: readonly SettlementLine[]
}

async function write(
  tx: Tx,
  context: CommandContext,
  { lines, takes, ...of }: Writing,
): Promise<ImportedSettlement | Refusing> {
  const movements = lines.map(({ movement }) => movement)
  const changed = await listChangedLines(tx, of, movements)
  if (changed.size > 0) return changedLines(lines, changed)
  const span = spanOf(lines)
  const runId = context.ids.next()
  const key = { accountId: of.accountId, id: runId }
  const begun = { gatewayId: of.gatewayId, ...span, at: context.now, source: 'settlement' } as const
  await startReconciliation(tx, key, begun)
  const kept = await keepLines(tx, context, { ...of, runId, movements })
  const matched = await matchMovements(tx, { ...of, from: span.from })
  await setAsideCorrections(tx, context, { ...of, movements })
  await sumPayouts(tx, { ...of, from: addDays(span.from, -CARRIED_DAYS) })
  const payouts = await listPayoutSums(tx, of, payoutsOf(lines))
  const odd = payouts.filter(isOdd)
  if (odd.length > 0) return oddPayouts(lines, odd)
  const compared =
    takes === 'everything'
      ? await compareBooks(
          tx,
          { ...of, ...span, runId, at: maxInstant(context.now, span.until), isFromFirstLine: true },
          () => context.ids.next(),
        )
      : { opened: 0, resolved: 0 }
  const counts = { movements: kept, matched, ...compared }
  await finishReconciliation(tx, key, { counts, error: null, at: context.now })
  const names = movements.map(({ reference }) => reference)
  const unmatched = await listUnmatchedLines(tx, of, names)
  return { runId, lines, newLines: kept, matched, unmatched, payouts, ...compared }
}

const CHANGED =
  'It was handed in before, and said something else then. Book what differs as an adjustment.'
const ELSEWHERE =
  'A row that says the same was handed in with another payout. If this is another one, give it its line id.'
/** A payout may have come before the last lines that it carries. */
const CARRIED_DAYS = 10
const LINES_AT_ONCE = 1_000

/** How many were new. */
async function keepLines(
  tx: Tx,
  context: CommandContext,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly runId: Uuid
    readonly movements: readonly SettlementLine['movement'][]
  },
): Promise<number> {
  const { movements, ...of } = given
  const nextId = () => context.ids.next()
  let kept = 0
  for (let from = 0; from < movements.length; from += LINES_AT_ONCE) {
    const some = movements.slice(from, from + LINES_AT_ONCE)
    kept += await bookMovements(tx, { ...of, movements: some, nextId, at: context.now })
  }
  return kept
}

/** A correction of a charge is heard of in no other way, unless it is a debit that was returned: then it has found its return. */
async function setAsideCorrections(
  tx: Tx,
  { ids, now: at }: CommandContext,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly movements: readonly SettlementLine['movement'][]
  },
): Promise<void> {
  const { accountId, gatewayId, movements } = given
  const corrections = movements.filter((movement) => movement.kind === 'adjustment')
  const references = corrections.map(({ reference }) => reference)
  const lines = await setCorrectionsAside(tx, { accountId, gatewayId, references, at })
  await bookSetAside(tx, { accountId, nextId: () => ids.next() }, lines)
}

/** From the first line to just behind the last. */
function spanOf(lines: readonly SettlementLine[]): {
  readonly from: Instant
  readonly until: Instant
} {
  let from = lines[0]?.movement.at
  let last = from
  for (const { movement } of lines) {
    from = minInstant(from ?? movement.at, movement.at)
    last = maxInstant(last ?? movement.at, movement.at)
  }
  if (from === undefined || last === undefined) throw new Error('a settlement has a line')
  return { from, until: addMs(last, 1) }
}

function payoutsOf(lines: readonly SettlementLine[]): string[] {
  return [...new Set(lines.flatMap(({ movement }) => movement.payoutReference ?? []))]
}

function isOdd({
  carried_minor: carried,
  net_minor: net,
  is_one_currency: isOne,
}: PayoutSum): boolean {
  return carried !== null && (carried !== net || !isOne)
}

function oddPayouts(lines: readonly SettlementLine[], odd: readonly PayoutSum[]): Refusing {
  const problems = odd.flatMap((payout): SettlementProblem[] => {
    const ofIt = lines.filter(({ movement }) => movement.payoutReference === payout.reference)
    const line = ofIt.find(({ movement }) => movement.kind === 'payout') ?? ofIt[0]
    if (line === undefined) return []
    const message = payout.is_one_currency
      ? `Payout ${payout.reference} is ${payout.net_minor}, and its lines come to ${payout.carried_minor} less fees, in minor units of ${payout.currency}. Hand in all that it carries.`
      : `Payout ${payout.reference} is in ${payout.currency}, and carries lines in another currency.`
    return [{ row: line.row, field: 'payoutId', message }]
  })
  return { problems }
}

function changedLines(
  lines: readonly SettlementLine[],
  changed: ReadonlyMap<string, 'said' | 'payout'>,
): Refusing {
  const problems = lines.flatMap(({ row, movement }): SettlementProblem[] => {
    switch (changed.get(movement.reference)) {
      case 'said':
        return [{ row, field: 'amountMinor', message: CHANGED }]
      case 'payout':
        return [{ row, field: 'payoutId', message: ELSEWHERE }]
      case undefined:
        return []
    }
  })
  return { problems }
}
