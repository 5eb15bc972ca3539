import assert from 'node:assert/strict'
import { balances, isLedgerAccount } from '@perennial/core/ledger'
import { parseCurrency } from '@perennial/core/money'
import type { ScenarioWorld } from '@perennial/testkit/scenario'

/** What is not zero, on the side on which debits grow. */
export async function ledgerOf({ house, accountId }: ScenarioWorld): Promise<Map<string, bigint>> {
  const currency = parseCurrency('USD')
  assert.ok(currency !== null)
  const rows = await house.database.kysely
    .selectFrom('ledger_transfers')
    .select(['debit_account as debit', 'credit_account as credit', 'amount_minor as amountMinor'])
    .where('account_id', '=', accountId)
    .execute()
  const postings = rows.flatMap(({ debit, credit, amountMinor }) =>
    isLedgerAccount(debit) && isLedgerAccount(credit)
      ? [{ debit, credit, amountMinor, currency }]
      : [],
  )
  const nets = balances(postings).filter(({ netMinor }) => netMinor !== 0n)
  return new Map(nets.map(({ account, netMinor }) => [account, netMinor]))
}
