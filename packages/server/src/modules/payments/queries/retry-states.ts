import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** What a subscription owes that recovery tries to collect; null = nothing is open. */
export type RetryState = {
  readonly open: {
    readonly amountMinor: bigint
    readonly currency: Currency
    readonly nextAttemptAt: Instant | null
  } | null
}

/** Null when the account has no such subscription. */
export async function findRetryState(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly subscriptionId: Uuid },
): Promise<RetryState | null> {
  const { rows } = await sql<{
    readonly amount_minor: bigint | null
    readonly currency: string | null
    readonly next_attempt_at: Instant | null
  }>`
    select c.amount_minor, c.currency, c.next_attempt_at
      from subscriptions s
      left join lateral (
        select * from recovery_cases r
         where r.account_id = ${of.accountId} and r.subscription_id = s.id and r.state = 'open'
         order by r.opened_at
         limit 1) as c on true
     where s.account_id = ${of.accountId} and s.id = ${of.subscriptionId}`.execute(tx)
  const [row] = rows
  if (row === undefined) return null
  if (row.amount_minor === null || row.currency === null) return { open: null }
  const currency = parseCurrency(row.currency)
  assert(currency !== null, 'a case is in a currency')
  const { amount_minor: amountMinor, next_attempt_at: nextAttemptAt } = row
  return { open: { amountMinor, currency, nextAttemptAt } }
}
