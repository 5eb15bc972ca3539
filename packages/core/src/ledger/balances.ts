import type { Currency } from '../money/index.ts'
import { CHART, type LedgerAccount } from './chart.ts'
import type { Transfer } from './transfer.ts'

/** `netMinor` is debits less credits; over all accounts of a currency the nets sum to zero. */
export type Balance = {
  readonly account: LedgerAccount
  readonly currency: Currency
  readonly debitMinor: bigint
  readonly creditMinor: bigint
  readonly netMinor: bigint
}

type Postings = Pick<Transfer, 'debit' | 'credit' | 'amountMinor' | 'currency'>
type Sums = { account: LedgerAccount; currency: Currency; debitMinor: bigint; creditMinor: bigint }

/** One balance for each account and currency that was touched, by account, then currency. */
export function balances(transfers: Iterable<Postings>): Balance[] {
  const sumsByKey = new Map<string, Sums>()
  const sumsOf = (account: LedgerAccount, currency: Currency): Sums => {
    const key = `${account} ${currency}`
    const known = sumsByKey.get(key)
    if (known !== undefined) return known
    const fresh = { account, currency, debitMinor: 0n, creditMinor: 0n }
    sumsByKey.set(key, fresh)
    return fresh
  }
  for (const { debit, credit, amountMinor, currency } of transfers) {
    sumsOf(debit, currency).debitMinor += amountMinor
    sumsOf(credit, currency).creditMinor += amountMinor
  }
  return [...sumsByKey.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sums]) => ({ ...sums, netMinor: sums.debitMinor - sums.creditMinor }))
}

/**
 * A balance as people read it: positive on the account's normal side, so 5 owed to customers is
 * credit of 5.
 */
export function onNormalSide(balance: Pick<Balance, 'account' | 'netMinor'>): bigint {
  return CHART[balance.account].normal === 'debit' ? balance.netMinor : -balance.netMinor
}
