import { assert } from '@perennial/core/fault'
import { formatInstant } from '@perennial/core/time'
import { compareRefunds } from './steps/money-back.ts'
import type { Stage } from './stage.ts'
import { readNow } from './stage.ts'

/** What the card world wrote down about one charge. */
type AuditEntry = {
  readonly idempotency_key: string
  readonly amount_minor: number
  readonly status: string | null
  readonly money_moved: boolean
  readonly captured_minor: number
  readonly refunded_minor: number
}

const PAGE = 1_000

/** Where our books and the card world's disagree about money, in sentences. */
export async function compareWithAudit(stage: Stage): Promise<string[]> {
  const entries = await readAudit(stage)
  const attempts = await readAttempts(stage)
  const moved = new Map(
    entries.filter((entry) => entry.money_moved).map((entry) => [entry.idempotency_key, entry]),
  )
  const outside = await readOutsideAttempts(stage)
  const known = new Set<string>([...attempts, ...outside].map((attempt) => attempt.id))
  const strays = [...moved.keys()].filter((key) => !known.has(key))
  return [
    ...strays.map((key) => `charge ${key} moved money and is no attempt here`),
    ...attempts.flatMap((attempt) => compare(attempt, moved.get(attempt.id))),
    ...findOvercharged(attempts, moved),
    ...outside.flatMap((attempt) => compareOutside(attempt, moved.get(attempt.id))),
    // A charge that was called off has given nothing back, whatever was asked of it before.
    ...(await compareRefunds(stage, [...moved.values()])),
  ]
}

type Attempt = Awaited<ReturnType<typeof readAttempts>>[number]

/** Captures and voids act on the charge of an authorisation, so only charges and authorisations are in the audit. */
function readAttempts({ house, account }: Stage) {
  return house.database.kysely
    .selectFrom('payment_attempts as a')
    .leftJoin('invoices as i', (join) =>
      join.onRef('i.account_id', '=', 'a.account_id').onRef('i.id', '=', 'a.invoice_id'),
    )
    .leftJoin('payment_intents as p', (join) =>
      join.onRef('p.account_id', '=', 'a.account_id').onRef('p.id', '=', 'a.payment_intent_id'),
    )
    .leftJoin('transactions as t', (join) =>
      join.onRef('t.account_id', '=', 'a.account_id').onRef('t.attempt_id', '=', 'a.id'),
    )
    .leftJoin('transactions as back', (join) =>
      join
        .onRef('back.account_id', '=', 't.account_id')
        .onRef('back.parent_transaction_id', '=', 't.id')
        .on('back.type', '=', 'adjustment'),
    )
    .select([
      't.status as sale_status',
      'back.amount_minor as returned_minor',
      'a.id',
      'a.state',
      'a.operation',
      'a.amount_minor',
      'a.invoice_id',
      'i.total_minor',
      'p.amount_received_minor',
    ])
    .where('a.account_id', '=', account.id)
    .where('a.operation', 'in', ['charge', 'authorize'])
    .execute()
}

function compare(attempt: Attempt, charge: AuditEntry | undefined): string[] {
  const takenMinor = BigInt(charge?.captured_minor ?? 0)
  if (attempt.operation === 'authorize') {
    const isIntact = attempt.state !== 'succeeded' || takenMinor === attempt.amount_received_minor
    if (isIntact) return []
    return [
      `intent of attempt ${attempt.id} has received ${attempt.amount_received_minor}, its charge took ${takenMinor}`,
    ]
  }
  // What was called off moved nothing in the end.
  const isTaken = attempt.state === 'succeeded' && attempt.sale_status !== 'voided'
  const expectedMinor = isTaken ? attempt.amount_minor : 0n
  if (takenMinor === expectedMinor) return []
  return [
    `attempt ${attempt.id} of ${attempt.amount_minor} is ${attempt.state}, its charge took ${takenMinor}`,
  ]
}

/** Charges for another biller. */
function readOutsideAttempts({ house, account }: Stage) {
  return house.database.kysely
    .selectFrom('outside_attempts')
    .select(['id', 'state', 'amount_minor'])
    .where('account_id', '=', account.id)
    .execute()
}

function compareOutside(
  { id, state, amount_minor: amountMinor }: Awaited<ReturnType<typeof readOutsideAttempts>>[number],
  charge: AuditEntry | undefined,
): string[] {
  const takenMinor = BigInt(charge?.captured_minor ?? 0)
  if (takenMinor === (state === 'succeeded' ? amountMinor : 0n)) return []
  return [`attempt ${id} for a biller of ${amountMinor} is ${state}, its charge took ${takenMinor}`]
}

function findOvercharged(
  attempts: readonly Attempt[],
  moved: ReadonlyMap<string, AuditEntry>,
): string[] {
  const takenOf = new Map<string, bigint>()
  const problems: string[] = []
  for (const { id, invoice_id: invoiceId, total_minor: totalMinor, ...attempt } of attempts) {
    if (invoiceId === null) continue
    // What a bank took back may be charged again.
    const keptMinor = BigInt(moved.get(id)?.captured_minor ?? 0) - (attempt.returned_minor ?? 0n)
    const taken = (takenOf.get(invoiceId) ?? 0n) + keptMinor
    takenOf.set(invoiceId, taken)
    if (taken > (totalMinor ?? 0n))
      problems.push(`invoice ${invoiceId} of ${totalMinor} was charged ${taken}`)
  }
  return problems
}

async function readAudit(stage: Stage): Promise<AuditEntry[]> {
  const headers = {
    'x-perennial-account': stage.account.id,
    'x-perennial-now': formatInstant(await readNow(stage)),
  }
  const response = await fetch(`${stage.house.worldUrl}/audit?limit=${PAGE}`, { headers })
  const page = (await response.json()) as {
    readonly data: AuditEntry[]
    readonly has_more: boolean
  }
  assert(!page.has_more, 'a seed makes fewer charges than a page of the audit holds')
  return page.data
}
