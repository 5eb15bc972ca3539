import Type from 'typebox'
import { offsetQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  amountField,
  idField,
  instantField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'

export const CREDIT_NOTE_STATUSES = ['draft', 'pending', 'issued', 'applied', 'void'] as const
export const CREDIT_METHODS = ['refund_to_payment_method', 'customer_balance', 'external'] as const
export const CREDIT_REASONS = [
  'customer_request',
  'duplicate_charge',
  'service_issue',
  'billing_error',
  'subscription_cancellation',
  'proration',
  'other',
] as const

const optional = Type.Optional
const AMOUNT_MAX = 2_000_000_000
const DAYS_MAX = 366
const LINES_DEFAULT = 100
const maybe = (description: string) => nullable(Type.String({ description }))
const credited = (description: string, minimum: number) =>
  Type.Unsafe<bigint>({ ...amountField(description), minimum, maximum: AMOUNT_MAX })

export const CreditNoteItem = Type.Object(
  {
    id: wireId('credit_note', 'Id of the credit note.'),
    object: oneOf(['credit_note'], { description: 'Always "credit_note".' }),
    credit_note_number: maybe('Its number, once it is issued.'),
    invoice_id: wireId('invoice', 'The invoice that it credits.'),
    customer_id: nullable(wireId('customer', 'Who is credited.')),
    status: oneOf(CREDIT_NOTE_STATUSES, { description: 'How far it is.' }),
    credit_method: oneOf(CREDIT_METHODS, { description: 'How the customer gets it.' }),
    amount_minor: amount('Amount in minor units, tax included.'),
    tax_amount_minor: nullable(amount('The tax in it, in minor units.')),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    reason: maybe('Why, in words.'),
    reason_code: nullable(oneOf(CREDIT_REASONS, { description: 'Why.' })),
    is_prorated: Type.Boolean({ description: 'Whether it is for part of a period.' }),
    proration_days_total: nullable(Type.Integer({ description: 'Days of the period.' })),
    proration_days_unused: nullable(Type.Integer({ description: 'Of these, unused.' })),
    metadata: mapField('Your own keys and values.'),
    pdf_url: maybe('Its PDF.'),
    issued_at: nullable(timestamp('When it was issued.')),
    voided_at: nullable(timestamp('When it was taken back.')),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'CreditNote', description: 'Says that less was owed than was paid.' },
)

export const GatewayOperation = Type.Object(
  {
    type: oneOf(['refund'], { description: 'Always "refund".' }),
    refund_id: wireId('refund', 'The refund.'),
    transaction_id: wireId('transaction', 'The payment it gives back.'),
    gateway: Type.String({ description: 'Through which gateway.' }),
    amount_minor: amount('How much.'),
    status: Type.String({ description: 'How far the refund is.' }),
  },
  { description: 'What a gateway was asked for.' },
)

export const CreditNoteLineItem = Type.Object(
  {
    id: Type.String({ description: 'Id of the line, a UUID.' }),
    object: oneOf(['credit_note_line'], { description: 'Always "credit_note_line".' }),
    credit_note_id: wireId('credit_note', 'The credit note.'),
    invoice_line_item_id: nullable(wireId('invoice_line', 'The line of the invoice.')),
    description: Type.String({ description: 'What it is for.' }),
    quantity: Type.Integer({ description: 'Units.' }),
    unit_amount_minor: amount('Amount of one unit in minor units.'),
    total_amount_minor: amount('Amount of the line in minor units.'),
    metadata: nullable(mapField('Your own keys and values.')),
    created_at: timestamp('When it was made.'),
  },
  { title: 'CreditNoteLine', description: 'A line of a credit note.' },
)

const previewed = {
  invoice_id: idField('invoice', 'The invoice to credit.'),
  amount_minor: credited('Amount in minor units, tax included.', 1),
  tax_amount_minor: optional(nullable(credited('The tax in it, in minor units.', 0))),
  credit_method: optional(
    oneOf(CREDIT_METHODS, {
      description: 'How the customer gets it; default refund_to_payment_method.',
    }),
  ),
  reason_code: optional(nullable(oneOf(CREDIT_REASONS, { description: 'Why.' }))),
}

export const CreditNotePreviewBody = Type.Object(previewed)

export const CreditNoteCreateBody = Type.Object({
  ...previewed,
  reason: optional(nullable(textField('Why, in words.'))),
  cancel_subscription: optional(
    Type.Boolean({
      description: 'Whether the subscription of the invoice ends when the note is issued.',
    }),
  ),
  auto_route: optional(
    Type.Boolean({ description: 'Whether several payments may be refunded for it.' }),
  ),
  is_prorated: optional(Type.Boolean({ description: 'Whether it is for part of a period.' })),
  proration_days_total: optional(
    nullable(integerField('Days of the period.', { minimum: 1, maximum: DAYS_MAX })),
  ),
  proration_days_unused: optional(
    nullable(integerField('Of these, unused.', { minimum: 0, maximum: DAYS_MAX })),
  ),
  idempotency_key: optional(
    nullable(textField('A second credit note with it is refused.', { maxLength: 255 })),
  ),
  metadata: optional(mapField('Your own keys and values.')),
})

export const CreditNotePreview = Type.Object(
  {
    object: oneOf(['credit_note_preview'], { description: 'Always "credit_note_preview".' }),
    invoice_id: wireId('invoice', 'The invoice.'),
    proposed_amount_minor: amount('The amount that was asked about.'),
    proposed_tax_amount_minor: nullable(amount('The tax that was asked about.')),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    credit_method: Type.String({ description: 'How the customer would get it.' }),
    exceeds_max_creditable: Type.Boolean({ description: 'Whether that is too much.' }),
    invoice: Type.Object(
      {
        id: wireId('invoice', 'The invoice.'),
        total_minor: amount('Its total.'),
        amount_paid_minor: amount('What was paid on it.'),
        amount_due_minor: amount('What is owed on it.'),
        previously_credited_minor: amount('What was given back before.'),
        max_creditable_minor: amount('What can be credited.'),
      },
      { description: 'The invoice as it is.' },
    ),
    after_credit: Type.Object(
      {
        new_amount_due_minor: amount('What would be owed.'),
        new_amount_credited_minor: amount('What would have been given back.'),
        would_leave_outstanding: Type.Boolean({ description: 'Whether something is owed then.' }),
      },
      { description: 'The invoice as it would be.' },
    ),
  },
  { title: 'CreditNotePreview', description: 'What a credit note would do; nothing is stored.' },
)

export const CreditNoteParams = Type.Object({
  id: idField('credit_note', 'Id of the credit note.'),
})
export const CreditedInvoiceParams = Type.Object({
  invoiceId: idField('invoice', 'Id of the invoice.'),
})
export const ReversedTransactionParams = Type.Object({
  transactionId: idField('transaction', 'Id of the payment.'),
})
export const ReversalQuery = Type.Object({
  customer_present: optional(Type.Boolean({ description: 'Taken, and of no consequence here.' })),
})
export const CreditNoteLinesQuery = Type.Object({
  limit: integerField('Lines to show.', { minimum: 1, maximum: 100, default: LINES_DEFAULT }),
})

export const CreditNoteListQuery = Type.Object({
  ...offsetQuery('credit_note'),
  status: optional(
    oneOf([...CREDIT_NOTE_STATUSES, 'voided'], { description: 'Only with this status.' }),
  ),
  invoice_id: optional(idField('invoice', 'Only of this invoice.')),
  customer_id: optional(idField('customer', 'Only of this customer.')),
  credit_method: optional(oneOf(CREDIT_METHODS, { description: 'Only given this way.' })),
  created_after: optional(instantField('Only from this instant on.')),
  created_before: optional(instantField('Only up to this instant.')),
})

const constraints = {
  partial_supported: Type.Boolean({ description: 'Whether part of it can be given back.' }),
  requires_card_present: Type.Boolean({ description: 'Always false.' }),
  requires_terminal_online: Type.Boolean({ description: 'Always false.' }),
}

const reversible = {
  transaction_id: wireId('transaction', 'The payment.'),
  gateway: maybe('The gateway that took it; null for money by hand.'),
  payment_method: maybe('How it was paid.'),
  available_operations: Type.Array(Type.String({ description: 'refund or void.' }), {
    description: 'What can be done with it.',
  }),
  card_brand: maybe('Card network.'),
  card_last4: maybe('Last four digits.'),
  terminal_serial: maybe('Always null.'),
}

export const CreditEligibility = Type.Object(
  {
    invoice_id: wireId('invoice', 'The invoice.'),
    total_amount_minor: amount('Its total.'),
    total_paid_minor: amount('What was paid on it.'),
    total_credited_minor: amount('What was given back.'),
    max_creditable_minor: amount('What can be credited.'),
    eligible: Type.Boolean({ description: 'Whether anything can be.' }),
    payments: Type.Array(
      Type.Object({
        ...reversible,
        amount_minor: amount('What it took.'),
        amount_refunded_minor: amount('What of it was given back.'),
        amount_available_minor: amount('What is left of it.'),
        constraints: Type.Object(constraints, { description: 'How far.' }),
      }),
      { description: 'Its payments, newest first.' },
    ),
  },
  { title: 'CreditEligibility', description: 'What can be credited on an invoice.' },
)

export const ReversalEligibility = Type.Object(
  {
    ...reversible,
    can_reverse: Type.Boolean({ description: 'Whether anything of it can be given back.' }),
    terminal_uti: maybe('Always null.'),
    constraints: Type.Object(
      {
        ...constraints,
        max_amount: amount('What is left of it.'),
        requires_customer_iban: Type.Boolean({ description: 'Always false.' }),
        reason: maybe('Why not.'),
      },
      { description: 'How far.' },
    ),
  },
  { title: 'ReversalEligibility', description: 'How a payment can be taken back.' },
)

export const CreditedCustomerParams = Type.Object({
  id: idField('customer', 'Id of the customer.'),
})

export const CustomerCreditItem = Type.Object(
  {
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    balance_minor: amount('What the customer holds, in minor units.'),
  },
  { title: 'CustomerCredit', description: 'What the next invoices in a currency use.' },
)

export const InvoiceCredit = Type.Object(
  {
    can_credit: Type.Boolean({ description: 'Whether anything can be credited.' }),
    max_creditable_minor: amount('How much can be.'),
    total_credited_minor: amount('What was given back before.'),
    invoice_total_minor: amount('The total of the invoice.'),
    reason: optional(Type.String({ description: 'Why nothing can be.' })),
  },
  { title: 'InvoiceCredit', description: 'How much of an invoice can be credited.' },
)
