import type { JsonObject } from '../../../platform/wire/index.ts'

/** What previews and test mails are filled with where no subscription is named. */
export const SAMPLE: JsonObject = {
  customer_name: 'Ada Lovelace',
  product_name: 'Pro',
  invoice_number: 'INV-2027-0042',
  currency: 'USD',
  amount_minor: 29_00,
  card_brand: 'visa',
  card_last4: '4242',
  card_ends_at: '2027-03-31T12:00:00.000Z',
  due_date: '2027-03-01T12:00:00.000Z',
  period_start: '2027-03-01T12:00:00.000Z',
  period_end: '2027-04-01T12:00:00.000Z',
  next_retry_at: '2027-03-04T12:00:00.000Z',
  access_ends_at: '2027-03-08T12:00:00.000Z',
  card_link_token: 'sample',
  collection_date: '2027-03-10',
  account_last4: '9911',
  mandate_ref: 'RK-4C8F2A',
  receipt_number: 'txn_01hsample',
  paid_at: '2027-03-01T12:00:00.000Z',
  refunded_at: '2027-03-05T12:00:00.000Z',
  lines: [{ description: 'Pro', quantity: 1, amount_minor: 29_00 }],
  included_tax_minor: 4_63,
  total_minor: 29_00,
}
