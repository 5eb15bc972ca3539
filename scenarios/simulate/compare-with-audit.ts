import { assert } from '@perennial/core/fault'
import { formatInstant } from '@perennial/core/time'
import type { Stage } from './stage.ts'
import { readNow } from './stage.ts'

/** What the card world wrote down about one charge. */
type AuditEntry = {
  readonly idempotency_key: string
  readonly amount_minor: number
  readonly status: string | null
  readonly money_moved: boolean
}

const PAGE = 1_000

/** Where our books and the card world's disagree about money, in sentences. */
export async function compareWithAudit(stage: Stage): Promise<string[]> {
  const entries = await readAudit(stage)
  const attempts = await stage.house.database.kysely
    .selectFrom('payment_attempts as a')
    .leftJoin('invoices as i', (join) =>
      join.onRef('i.account_id', '=', 'a.account_id').onRef('i.id', '=', 'a.invoice_id'),
    )
    .select(['a.id', 'a.state', 'a.amount_minor', 'a.invoice_id', 'i.total_minor'])
    .where('a.account_id', '=', stage.account.id)
    .execute()
  const moved = new Map(
    entries.filter((entry) => entry.money_moved).map((entry) => [entry.idempotency_key, entry]),
  )
  const known = new Set<string>(attempts.map((attempt) => attempt.id))
  const problems = [...moved.keys()]
    .filter((key) => !known.has(key))
    .map((key) => `charge ${key} moved money and is no attempt here`)

  const takenByInvoice = new Map<string, { taken: bigint; total: bigint }>()
  for (const attempt of attempts) {
    const charge = moved.get(attempt.id)
    if ((charge !== undefined) !== (attempt.state === 'succeeded'))
      problems.push(
        `attempt ${attempt.id} is ${attempt.state}, its charge moved ${charge === undefined ? 'nothing' : 'money'}`,
      )
    if (charge === undefined || attempt.invoice_id === null) continue
    if (BigInt(charge.amount_minor) !== attempt.amount_minor)
      problems.push(
        `attempt ${attempt.id} of ${attempt.amount_minor} was charged as ${charge.amount_minor}`,
      )
    const sum = takenByInvoice.get(attempt.invoice_id) ?? {
      taken: 0n,
      total: attempt.total_minor ?? 0n,
    }
    sum.taken += BigInt(charge.amount_minor)
    takenByInvoice.set(attempt.invoice_id, sum)
  }
  for (const [invoiceId, { taken, total }] of takenByInvoice)
    if (taken > total) problems.push(`invoice ${invoiceId} of ${total} was charged ${taken}`)
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
