import type { BankAccount, Mandate, Payment, Payout, Refund } from './ledger-book.ts'

// The vendor's objects, as its API reference shows them.

export function bankAccountBody(account: BankAccount) {
  return {
    id: account.id,
    account_holder_name: account.holder,
    account_number_ending: account.ending,
    bank_name: 'COMMUNITY FEDERAL SAVINGS BANK',
    country_code: account.country,
    currency: account.currency,
    enabled: true,
    links: { customer: account.customer },
    metadata: {},
  }
}

export function mandateBody(mandate: Mandate) {
  const { id, scheme, status, bankAccount } = mandate
  const links = { customer_bank_account: bankAccount.id, customer: bankAccount.customer }
  return { id, scheme, status, reference: 'REF-123', metadata: {}, links }
}

export function paymentBody(payment: Payment) {
  const { id, amount, currency, status, metadata, mandate } = payment
  return {
    id,
    amount,
    currency,
    status,
    metadata,
    created_at: payment.createdAt,
    charge_date: payment.createdAt.slice(0, 10),
    amount_refunded: refundedOf(payment),
    retry_if_possible: false,
    links: {
      mandate: mandate.id,
      ...(payment.payout === null ? {} : { payout: payment.payout }),
    },
  }
}

export function refundedOf(payment: Payment): number {
  return payment.refunds.reduce((sum, { amount }) => sum + amount, 0)
}

export function refundBody(refund: Refund, currency: string) {
  const { id, amount, status, metadata, payment } = refund
  const links = { payment }
  return { id, amount, currency, status, metadata, links, created_at: refund.createdAt }
}

export function payoutBody(payout: Payout) {
  const { id, amount, currency } = payout
  return {
    id,
    amount,
    currency,
    deducted_fees: payout.fees,
    status: 'paid',
    payout_type: 'merchant',
    created_at: payout.createdAt,
    arrival_date: payout.createdAt.slice(0, 10),
    links: { creditor: 'CR123', creditor_bank_account: 'BA123' },
  }
}
