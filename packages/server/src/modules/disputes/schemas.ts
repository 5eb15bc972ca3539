import Type, { type Static } from 'typebox'
import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import { offsetQuery } from '../../platform/lists/index.ts'
import {
  amount,
  idField,
  instantField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { FILE_BYTES_MAX, FILE_TYPES, type EvidenceNote } from './evidence.ts'

const STATUSES = [
  'warning_needs_response',
  'warning_closed',
  'needs_response',
  'under_review',
  'won',
  'lost',
] as const
const RESOLUTIONS = ['won', 'lost', 'withdrawn'] as const
export const ON_DISPUTE = ['none', 'pause', 'cancel'] as const

const uuid = (description: string) => Type.String({ format: 'uuid', description })
const text = (description: string) => nullable(Type.String({ description }))

const disputeFields = {
  id: uuid('Id of the dispute.'),
  public_id: wireId('dispute', 'The same with its prefix; both are accepted.'),
  object: oneOf(['dispute'], { description: 'Always "dispute".' }),
  payment_id: nullable(wireId('transaction', 'The payment that is disputed.')),
  parent_transaction_id: nullable(wireId('transaction', 'Its transaction.')),
  customer_id: wireId('customer', 'Who paid.'),
  invoice_id: nullable(wireId('invoice', 'The invoice that the payment was for.')),
  subscription_id: nullable(wireId('subscription', 'The subscription that it was for.')),
  gateway: Type.String({ description: 'The gateway that tells of it.' }),
  gateway_dispute_id: Type.String({ description: "The gateway's own id of it." }),
  gateway_transaction_id: text("The gateway's own id of the payment."),
  payment_rail: text('card, us_bank_account, bank_account or bacs_direct_debit.'),
  dispute_kind: nullable(
    oneOf(['chargeback', 'warning'], { description: 'A warning has taken no money.' }),
  ),
  reason_code: text('fraudulent, product_not_received, duplicate and so on.'),
  reason: text('The same as a sentence.'),
  network_reason_code: text("The card network's own code."),
  network_reason_description: text("The card network's own words."),
  customer_name: text('Name of the customer when it was opened.'),
  card_brand: text('Card network.'),
  card_last4: text('Last four digits.'),
  amount_minor: amount('What is disputed, in minor units.'),
  fee_minor: amount('What the gateway charges for it, in minor units.'),
  currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
  status: oneOf(STATUSES, { description: 'How it stands.' }),
  resolution: nullable(oneOf(RESOLUTIONS, { description: 'How it ended.' })),
  evidence_submitted: Type.Boolean({
    description:
      'Whether evidence was handed in. Of a warning that stays open once you have accepted it, too: no answer is awaited.',
  }),
  evidence_due_by: nullable(timestamp('Until when an answer counts.')),
  evidence_submitted_at: nullable(timestamp('When the answer was handed in.')),
  metadata: mapField('Your own keys and values.'),
  disputed_at: timestamp('When it was raised.'),
  resolved_at: nullable(timestamp('When it ended.')),
  created_at: timestamp('When it was recorded here.'),
}

export const DisputeItem = Type.Object(disputeFields, {
  title: 'Dispute',
  description: "A payment that the customer's bank takes back, or warns that it may.",
})

export const UrgentDispute = Type.Object(
  {
    ...disputeFields,
    days_until_due: nullable(
      Type.Integer({ description: 'Days left for an answer; null when none is owed.' }),
    ),
    is_overdue: Type.Boolean({ description: 'Whether an answer is owed and late.' }),
  },
  { title: 'UrgentDispute', description: 'A dispute, and how urgent it is.' },
)

export const DisputeUpdateBody = Type.Object({
  metadata: mapField('Your own keys and values; merged, and null removes a key.'),
})

export const DisputeParams = Type.Object({ id: idField('dispute', 'Id of the dispute.') })

export const DisputeListQuery = Type.Object({
  ...offsetQuery('dispute'),
  status: Type.Optional(oneOf(STATUSES, { description: 'Only with this status.' })),
  resolution: Type.Optional(oneOf(RESOLUTIONS, { description: 'Only those that ended so.' })),
  payment_id: Type.Optional(idField('transaction', 'Only of this payment.')),
  invoice_id: Type.Optional(idField('invoice', 'Only of payments of this invoice.')),
  gateway: Type.Optional(idField('gateway', 'Only of this gateway.')),
  disputed_after: Type.Optional(instantField('Only those raised at or after this instant.')),
  disputed_before: Type.Optional(instantField('Only those raised up to this instant.')),
  needs_evidence: Type.Optional(
    Type.Boolean({ description: 'Whether an answer is owed; both when absent.' }),
  ),
})

export const OpenDisputesQuery = Type.Object({
  limit: integerField('How many at most.', { minimum: 1, maximum: 100, default: 20 }),
})

export const OpenDisputes = Type.Object(
  {
    data: Type.Array(UrgentDispute, { description: 'Open disputes, most urgent first.' }),
    meta: Type.Object(
      {
        total_open: Type.Integer({ description: 'How many are open.' }),
        overdue_count: Type.Integer({ description: 'How many of them wait for a late answer.' }),
      },
      { description: 'How many there are.' },
    ),
  },
  { description: 'Open disputes, most urgent first.' },
)

export const EvidenceItem = Type.Object(
  {
    id: wireId('dispute_evidence', 'Id of the piece.'),
    object: oneOf(['dispute_evidence'], { description: 'Always "dispute_evidence".' }),
    kind: oneOf(['text', 'file'], { description: 'What it is.' }),
    name: Type.String({ description: 'Name of the file.' }),
    content_type: Type.String({ description: 'Media type.' }),
    size_bytes: Type.Integer({ description: 'How large it is.' }),
    created_at: timestamp('When it was added.'),
    submitted_at: nullable(timestamp('When it was handed in.')),
  },
  { title: 'DisputeEvidence', description: 'One piece of evidence, without its content.' },
)

export const EvidenceParams = Type.Object({
  id: idField('dispute', 'Id of the dispute.'),
  evidenceId: idField('dispute_evidence', 'Id of the piece.'),
})

/** Base64 takes four characters for three bytes. */
const BASE64_LENGTH_MAX = Math.ceil(FILE_BYTES_MAX / 3) * 4

export const EvidenceBody = Type.Object({
  text: Type.Optional(
    textField('What you have to say: what was bought, how it was used, what was agreed.', {
      maxLength: 20_000,
    }),
  ),
  files: Type.Array(
    Type.Object({
      name: textField('Name of the file.', { minLength: 1, maxLength: 200 }),
      content_type: oneOf(FILE_TYPES, { description: 'Media type.' }),
      content_base64: textField('The file in base64, at most 5 MB of it.', {
        minLength: 1,
        maxLength: BASE64_LENGTH_MAX,
      }),
    }),
    { maxItems: 10, default: [], description: 'Receipts, messages, pictures.' },
  ),
  submit: Type.Optional(
    Type.Boolean({ description: 'Whether to hand in everything at once. It is handed in once.' }),
  ),
})

export const OnDisputeBody = Type.Object({
  on_dispute: nullable(
    oneOf(ON_DISPUTE, {
      description: "What a chargeback does to this subscription; null = the account's setting.",
    }),
  ),
})

export const OnDisputeItem = Type.Object(
  {
    subscription_id: wireId('subscription', 'The subscription.'),
    on_dispute: nullable(oneOf(ON_DISPUTE, { description: 'What a chargeback does to it.' })),
  },
  { title: 'OnDispute', description: 'What a chargeback does to a subscription.' },
)

export const SubscriptionParams = Type.Object({
  id: idField('subscription', 'Id of the subscription.'),
})

export function toWireEvidence(note: EvidenceNote): Static<typeof EvidenceItem> {
  return {
    id: encodeId('dispute_evidence', note.id),
    object: 'dispute_evidence',
    kind: note.kind,
    name: note.name,
    content_type: note.contentType,
    size_bytes: note.sizeBytes,
    created_at: formatInstant(note.createdAt),
    submitted_at: formatInstantOrNull(note.submittedAt),
  }
}
