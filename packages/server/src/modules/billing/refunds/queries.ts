import type { Uuid } from '@perennial/core/ids'
import type { GivenBack } from '@perennial/core/invoices'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** What has gone back of an invoice so far. The invoice is locked by the caller, and with it its refunds and notes. */
export async function sumGivenBack(tx: Tx, accountId: Uuid, invoiceId: Uuid): Promise<GivenBack> {
  const { rows } = await sql<GivenBack>`
    with refunded as (
      select r.id, r.amount_minor, r.status, n.tax_amount_minor as noted_tax_minor
        from refunds r
        left join credit_notes n on n.account_id = r.account_id and n.id = r.credit_note_id
       where r.account_id = ${accountId} and r.invoice_id = ${invoiceId} and r.status in ('succeeded', 'failed')),
    booked as (
      select case l.debit_account when 'tax_payable' then l.amount_minor else -l.amount_minor end as minor
        from refunded r
        join ledger_transfers l on l.account_id = ${accountId} and l.source_id = r.id
       where l.source_kind in ('refund', 'refund_failed', 'refund_tax_undone') and 'tax_payable' in (l.debit_account, l.credit_account)),
    noted as (
      select n.amount_minor, n.tax_amount_minor
        from credit_notes n
       where n.account_id = ${accountId} and n.invoice_id = ${invoiceId} and n.status <> 'void'
         and n.tax_amount_minor is not null)
    select coalesce((select sum(amount_minor) from refunded where status = 'succeeded' and noted_tax_minor is null),
                    0)::bigint as "refundedMinor",
           coalesce((select sum(minor) from booked), 0)::bigint as "refundedTaxMinor",
           coalesce((select sum(amount_minor) from noted), 0)::bigint as "notedMinor",
           coalesce((select sum(tax_amount_minor) from noted), 0)::bigint as "notedTaxMinor"`.execute(
    tx,
  )
  return rows[0] ?? NOTHING
}

const NOTHING = { refundedMinor: 0n, refundedTaxMinor: 0n, notedMinor: 0n, notedTaxMinor: 0n }
