import type { Uuid } from '@perennial/core/ids'
import type { Database } from '../../packages/server/src/platform/db/index.ts'

/** What the card world's audit says about the invoices here. */
export type Charges = {
  /** Charges that moved money. */
  readonly moved: number
  /** Invoices by how many charges moved money for them: all of them once is what is wanted. */
  readonly invoicesNever: number
  readonly invoicesOnce: number
  readonly invoicesMoreThanOnce: number
  /** Charges that moved money for no invoice here. */
  readonly strays: number
}

type AuditPage = {
  readonly data: readonly { readonly idempotency_key: string; readonly money_moved: boolean }[]
  readonly has_more: boolean
  readonly next_after: number
}

const PAGE = 1_000

export async function readCharges(
  worldUrl: string,
  of: { readonly database: Database; readonly accountId: Uuid },
): Promise<Charges> {
  const { kysely } = of.database
  const [keys, attempts, invoices] = await Promise.all([
    readMovedKeys(worldUrl, of.accountId),
    kysely.selectFrom('payment_attempts').select(['id', 'invoice_id']).execute(),
    kysely.selectFrom('invoices').select('id').execute(),
  ])
  const invoiceOf = new Map<string, string | null>(attempts.map((row) => [row.id, row.invoice_id]))
  const times = new Map<string, number>(invoices.map(({ id }) => [id, 0]))
  let strays = 0
  for (const key of keys) {
    const invoiceId = invoiceOf.get(key) ?? null
    if (invoiceId === null) strays += 1
    else times.set(invoiceId, (times.get(invoiceId) ?? 0) + 1)
  }
  const counts = [...times.values()]
  return {
    moved: keys.length,
    invoicesNever: counts.filter((count) => count === 0).length,
    invoicesOnce: counts.filter((count) => count === 1).length,
    invoicesMoreThanOnce: counts.filter((count) => count > 1).length,
    strays,
  }
}

async function readMovedKeys(worldUrl: string, accountId: Uuid): Promise<string[]> {
  const keys: string[] = []
  for (let after = 0; ;) {
    const response = await fetch(`${worldUrl}/audit?limit=${PAGE}&after=${after}`, {
      headers: { 'x-perennial-account': accountId, 'x-perennial-now': '2099-01-01T00:00:00Z' },
    })
    const page = (await response.json()) as AuditPage
    keys.push(
      ...page.data.filter((entry) => entry.money_moved).map((entry) => entry.idempotency_key),
    )
    if (!page.has_more) return keys
    after = page.next_after
  }
}
