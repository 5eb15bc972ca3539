import { type PlainDate, parsePlainDate } from '@perennial/core/time'
import Type from 'typebox'
import {
  amount,
  bigCountField,
  currencyField,
  idField,
  instantField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { offsetQuery } from '../../../platform/lists/index.ts'

const optional = Type.Optional
const text = (description: string) => nullable(Type.String({ description }))

export const MANDATE_STATUSES = [
  'pending_lodgement',
  'active',
  'suspended',
  'cancelled',
  'failed',
] as const

const row = {
  id: wireId('mandate', 'Id of the mandate.'),
  mandate_ref: Type.String({ description: 'Our reference, RK- and six letters or digits.' }),
  mandate_reference: text("The bureau's reference."),
  customer_id: wireId('customer', 'Who pays.'),
  status: oneOf(MANDATE_STATUSES, { description: 'Where it stands.' }),
  account_holder_name: text('Name of the account holder.'),
  sort_code: Type.String({ description: 'Sort code, masked but for its last two digits.' }),
  account_number_last4: text('Last four digits of the account number.'),
  bank_name: text('Name of the bank, where its range is known.'),
  notice_days: nullable(
    Type.Integer({ description: 'Banking days between the notice and the debit.' }),
  ),
  activated_at: nullable(timestamp('When it last came into force.')),
  created_at: timestamp('When it was made.'),
}

export const MandateRow = Type.Object(row, {
  title: 'MandateListItem',
  description: 'A Bacs mandate in a list.',
})

export const MandateItem = Type.Object(
  {
    ...row,
    payment_method_id: wireId('payment_method', 'What is charged under it.'),
    statement_name: text("Name on the payer's statement."),
    first_collection_date: text('Date of the first debit.'),
    next_collection_date: text('Date of the next debit.'),
    backup_payment_method_id: nullable(
      wireId('payment_method', 'Charged by hand when debits fail.'),
    ),
    suspended_at: nullable(timestamp('When it was suspended.')),
    cancelled_at: nullable(timestamp('When it was cancelled.')),
    failure_reason: text('Why it failed or was cancelled.'),
    mandate_request_id: nullable(wireId('mandate_request', 'The invitation that it came from.')),
    invoice_id: nullable(wireId('invoice', 'The invoice that it was signed for.')),
    pdf_documents: Type.Array(Type.Object({}), {
      maxItems: 0,
      description: 'Documents of the instruction. Always empty: none is printed.',
    }),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'Mandate', description: 'Permission to debit a bank account by Bacs.' },
)

export const MandateParams = Type.Object({ id: idField('mandate', 'Id of the mandate.') })

export const MandateListQuery = Type.Object({
  ...offsetQuery('mandate', 100),
  customerId: optional(idField('customer', 'Only mandates of this customer.')),
  status: optional(oneOf(MANDATE_STATUSES, { description: 'Only those with this status.' })),
})

const sortCode = textField('Sort code, with or without hyphens.', { minLength: 6, maxLength: 8 })
const accountNumber = textField('Account number, eight digits.', { minLength: 8, maxLength: 8 })

export const MandateCreateBody = Type.Object({
  customerId: idField('customer', 'Who pays.'),
  accountHolderName: textField('Name of the account holder.', { minLength: 1, maxLength: 100 }),
  sortCode,
  accountNumber,
  backupPaymentMethodId: optional(
    nullable(idField('payment_method', 'Another method of the customer.')),
  ),
  requestToken: optional(
    nullable(textField('Token of a mandate request.', { minLength: 24, maxLength: 160 })),
  ),
  acceptance: Type.Object(
    {
      acceptedAt: instantField('When the payer accepted.'),
      payerAddress: mapField('Address of the payer.'),
      declarations: mapField('What the payer declared.'),
      guaranteeVersion: textField('Version of the Direct Debit Guarantee that was shown.', {
        minLength: 1,
        maxLength: 100,
      }),
    },
    { description: 'What the payer agreed to.' },
  ),
})

export const MandateActionBody = Type.Object({
  reason: optional(nullable(textField('Why, for the record.', { maxLength: 500 }))),
})

export const MandateAction = Type.Object({
  data: Type.Object(
    {
      id: wireId('mandate', 'Id of the mandate.'),
      status: oneOf(MANDATE_STATUSES, { description: 'Where it stands now.' }),
      mandate_reference: text("The bureau's reference."),
    },
    { description: 'What became of it.' },
  ),
})

const date = (description: string) => textField(description, { minLength: 10, maxLength: 40 })

export const CollectionBody = Type.Object({
  amountMinor: bigCountField('What is debited, in pence.', 1),
  currency: currencyField('GBP.', 'GBP'),
  sourceType: oneOf(['invoice', 'payment_link'], { description: 'What is collected.' }),
  sourceId: idField('invoice', 'Id of the invoice.'),
  requestedCollectionDate: optional(
    nullable(date('Wanted date of the debit; left out, the earliest.')),
  ),
})

export const CollectionAnswer = Type.Object({
  data: Type.Object(
    {
      id: wireId('mandate_collection', 'Id of the collection.'),
      mandate_id: wireId('mandate', 'The mandate.'),
      lz_schedule_id: Type.String({ description: "The bureau's name for it." }),
      amount_minor: amount('What is debited, in pence.'),
      currency: oneOf(['GBP'], { description: 'Always GBP.' }),
      source_type: Type.String({ description: 'What is collected.' }),
      source_id: wireId('invoice', 'Id of the invoice.'),
      status: Type.String({
        description: 'scheduled, notified, submitted, succeeded, failed or cancelled.',
      }),
      collection_date: text('When the account is debited.'),
      notice_date: text('When the payer is told.'),
      submission_date: text('When it goes to Bacs.'),
      settlement_date: text('From when on it can count as paid.'),
      failure_code: text('Why it failed.'),
      already_scheduled: Type.Boolean({ description: 'It was scheduled by an earlier call.' }),
    },
    { title: 'Collection', description: 'A debit under a mandate.' },
  ),
})

export const BankAccountBody = Type.Object({ sortCode, accountNumber })

export const BankAccountAnswer = Type.Object({
  valid: Type.Boolean({ description: 'Whether it has the form of an account.' }),
  bank_name: text('Name of the bank, where its range is known.'),
  dd_enabled: Type.Boolean({ description: 'Whether it can be debited, as far as that is known.' }),
  errors: optional(
    Type.Array(Type.String({ description: 'A problem.' }), {
      description: 'sort_code_invalid, account_number_invalid or modulus_check_failed.',
    }),
  ),
})

export const PreviewBody = Type.Object({
  requestedCollectionDate: optional(
    nullable(date('Wanted date of the debit; left out, the earliest.')),
  ),
  subscriptionId: optional(
    nullable(idField('subscription', 'Its next period is the wanted date, unless one is given.')),
  ),
})

export const PreviewAnswer = Type.Object({
  notice_date: Type.String({ description: 'When the payer is told.' }),
  submission_date: Type.String({ description: 'When it goes to Bacs.' }),
  collection_date: Type.String({ description: 'When the account is debited.' }),
  settlement_date: Type.String({ description: 'From when on it can count as paid.' }),
  eligible: Type.Boolean({ description: 'Whether the wanted date can be had.' }),
  ineligible_reason: text('too_early, too_far or currency_not_gbp.'),
  notice_days: Type.Integer({ description: 'Banking days between the notice and the debit.' }),
})

export const RequestBody = Type.Object({
  customerId: idField('customer', 'Who is to sign.'),
  invoiceId: optional(nullable(idField('invoice', 'What it is signed for.'))),
  validDays: optional(
    Type.Integer({ minimum: 1, maximum: 90, description: 'How long the page is open; 14 days.' }),
  ),
})

export const RequestAnswer = Type.Object({
  data: Type.Object(
    {
      id: wireId('mandate_request', 'Id of the request.'),
      token: optional(
        Type.String({ description: 'Token of its page; only in the first answer, kept nowhere.' }),
      ),
      status: Type.String({ description: 'Where it stands.' }),
      expires_at: timestamp('When it ends.'),
    },
    { title: 'MandateRequest', description: 'An invitation to sign a mandate.' },
  ),
})

/** Refuses what has the form of a date and is none, such as 30 February. */
export function readDate(given: string | null | undefined): PlainDate | null {
  if (given === null || given === undefined) return null
  const parsed = parsePlainDate(given.slice(0, 10))
  if (parsed !== null) return parsed
  throw ApiRefusal.invalid('requestedCollectionDate', 'There is no such date.')
}
