import type { LedgerAccount } from '@perennial/core/ledger'
import { sql, type RawBuilder } from 'kysely'
import type { VerifyScope } from '../check.ts'
import { ofAccount } from './of-account.ts'

/** What a transfer `l` that touches an account of the chart adds there: debits less credits. */
export function bookedBy(account: LedgerAccount): RawBuilder<bigint> {
  return sql`case when l.debit_account = ${account} then l.amount_minor else -l.amount_minor end`
}

/** What the ledger says of each invoice on one account of the chart: debits less credits. */
export function bookedByInvoice(scope: VerifyScope, account: LedgerAccount): RawBuilder<unknown> {
  return sql`
      select l.account_id, l.invoice_id,
             sum(${bookedBy(account)}) as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and ${account} in (l.debit_account, l.credit_account)
       group by l.account_id, l.invoice_id`
}
