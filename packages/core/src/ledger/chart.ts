/** What an account is to an accountant. */
export type AccountKind = 'asset' | 'liability' | 'income' | 'expense'

/**
 * The side on which the account grows. It is the kind's usual side, or the other one for accounts
 * that set something off.
 */
export type Side = 'debit' | 'credit'

type ChartEntry = { readonly kind: AccountKind; readonly normal: Side; readonly meaning: string }

/**
 * The chart of accounts; each of them is posted to, so that every number in it can be folded. Which business event posts where is decided by the modules that own the
 * event.
 */
export const CHART = {
  receivable: {
    kind: 'asset',
    normal: 'debit',
    meaning: 'What customers owe on finalized invoices.',
  },
  gateway_clearing: {
    kind: 'asset',
    normal: 'debit',
    meaning: 'Money that a gateway has taken for us and not yet paid out.',
  },
  bank: {
    kind: 'asset',
    normal: 'debit',
    meaning: 'Money paid out to the merchant, or taken in by hand.',
  },
  customer_credit: {
    kind: 'liability',
    normal: 'credit',
    meaning: 'What we owe customers as credit for later invoices.',
  },
  tax_payable: {
    kind: 'liability',
    normal: 'credit',
    meaning: 'Tax collected for an authority and not yet remitted.',
  },
  suspense: {
    kind: 'liability',
    normal: 'credit',
    meaning: 'Money received that is not yet matched to a customer or an invoice.',
  },
  revenue: {
    kind: 'income',
    normal: 'credit',
    meaning: 'Sales as they are invoiced, net of tax, before discounts and refunds.',
  },
  discounts: {
    kind: 'income',
    normal: 'debit',
    meaning: 'Set off against revenue: reductions given to customers.',
  },
  refunds: {
    kind: 'income',
    normal: 'debit',
    meaning: 'Set off against revenue: money and credit given back after the sale, net of tax.',
  },
  gateway_fees: {
    kind: 'expense',
    normal: 'debit',
    meaning: 'What gateways keep for processing.',
  },
  disputes: {
    kind: 'expense',
    normal: 'debit',
    meaning: 'Payments taken back through chargebacks that are not won back.',
  },
  dispute_fees: {
    kind: 'expense',
    normal: 'debit',
    meaning: 'What gateways charge for handling a dispute, won or lost.',
  },
  write_offs: {
    kind: 'expense',
    normal: 'debit',
    meaning: 'Receivables given up as uncollectible.',
  },
} as const satisfies Record<string, ChartEntry>

export type LedgerAccount = keyof typeof CHART

export function isLedgerAccount(text: string): text is LedgerAccount {
  return Object.hasOwn(CHART, text)
}
