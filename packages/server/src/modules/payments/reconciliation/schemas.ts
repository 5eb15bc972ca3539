import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  idField,
  instantField,
  integerField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { DifferenceRow, listPayoutPayments, PayoutRow, RunRow } from './queries/runs.ts'

const text = (description: string) => nullable(Type.String({ description }))
const count = (description: string) => Type.Integer({ description })
const uuid = (description: string) => Type.String({ format: 'uuid', description })

export const RunItem = Type.Object(
  {
    id: wireId('reconciliation_run', 'Id of the run.'),
    object: oneOf(['reconciliation_run'], { description: 'Always "reconciliation_run".' }),
    gateway: wireId('gateway', 'The gateway that was compared.'),
    from: timestamp('From here on its list was compared.'),
    until: timestamp('Up to here, not included.'),
    source: oneOf(['list', 'settlement'], {
      description: 'list: what the gateway lists by itself; settlement: rows that were handed in.',
    }),
    state: oneOf(['running', 'finished', 'failed'], { description: 'How far it is.' }),
    movements: count('New lines of the gateway.'),
    matched: count('Lines that something of ours was found for.'),
    opened: count('Differences that were found.'),
    resolved: count('Differences that had come right.'),
    error: text('Why it failed.'),
    started_at: timestamp("When it began, by the account's time."),
    finished_at: nullable(timestamp('When it ended.')),
  },
  { title: 'ReconciliationRun', description: "A comparison of our books with a gateway's list." },
)

const KINDS = [
  'missing_here',
  'missing_there',
  'amount_differs',
  'state_differs',
  'currency_differs',
] as const

export const DifferenceItem = Type.Object(
  {
    id: wireId('reconciliation_difference', 'Id of the difference.'),
    object: oneOf(['reconciliation_difference'], {
      description: 'Always "reconciliation_difference".',
    }),
    gateway: wireId('gateway', 'The gateway.'),
    kind: oneOf(KINDS, {
      description:
        'missing_here: the gateway lists what we do not know; missing_there: the reverse.',
    }),
    reference: text("The gateway's name for the line or the charge."),
    transaction_id: nullable(wireId('transaction', 'The transaction of ours.')),
    ours_minor: nullable(amount('What we have booked, in minor units.')),
    theirs_minor: nullable(amount('What the gateway lists, in minor units.')),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    state: oneOf(['open', 'resolved'], { description: 'Whether somebody has to look.' }),
    resolved_how: nullable(
      oneOf(['matched', 'note'], { description: 'matched: it came right by itself.' }),
    ),
    note: text('What whoever resolved it wrote.'),
    found_at: timestamp('When it was found.'),
    resolved_at: nullable(timestamp('When it was resolved.')),
  },
  { title: 'ReconciliationDifference', description: 'Where our books and a gateway disagree.' },
)

export const RunListQuery = Type.Object(cursorQuery('reconciliation_run'))

export const DifferenceListQuery = Type.Object({
  ...cursorQuery('reconciliation_difference'),
  state: Type.Optional(oneOf(['open', 'resolved'], { description: 'Only in this state.' })),
})

export const DifferenceParams = Type.Object({
  id: idField('reconciliation_difference', 'Id of the difference.'),
})

export const ResolveBody = Type.Object({
  note: textField('What it was, for whoever asks later.', { minLength: 1, maxLength: 2000 }),
})

export const AcceptDifferenceBody = Type.Object({
  invoice_id: idField('invoice', 'The invoice that it pays.'),
  note: textField('Why it is what was to be paid, for whoever asks later.', {
    minLength: 1,
    maxLength: 2000,
  }),
})

const PAYOUT_STATUSES = ['pending', 'in_transit', 'paid', 'failed', 'canceled'] as const

export const PayoutItem = Type.Object(
  {
    id: uuid('Id of the payout.'),
    public_id: wireId('payout', 'The same with its prefix; both are accepted.'),
    object: oneOf(['payout'], { description: 'Always "payout".' }),
    gateway: wireId('gateway', 'The gateway that paid.'),
    gateway_payout_id: Type.String({ description: "The gateway's own id of it." }),
    gross_amount_minor: amount('What its lines come to before fees.'),
    fees_amount_minor: amount('What the gateway kept of them.'),
    net_amount_minor: amount('What reached the bank; below zero it was taken from there.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    charges_count: count('Charges that it carries.'),
    refunds_count: count('Refunds that it carries.'),
    chargebacks_count: count('Chargebacks that it carries.'),
    status: oneOf(PAYOUT_STATUSES, { description: 'How it stands.' }),
    arrival_date: timestamp('When it was paid.'),
    settled_at: nullable(timestamp('When it was paid.')),
    created_at: timestamp('When it was recorded here.'),
  },
  { title: 'Payout', description: 'Money that a gateway has paid to the bank.' },
)

export const PayoutListQuery = Type.Object({
  ...cursorQuery('payout'),
  status: Type.Optional(oneOf(PAYOUT_STATUSES, { description: 'Only with this status.' })),
  gateway: Type.Optional(idField('gateway', 'Only of this gateway.')),
  created_after: Type.Optional(instantField('Only those recorded at or after this instant.')),
  created_before: Type.Optional(instantField('Only those recorded up to this instant.')),
})

export const PayoutParams = Type.Object({ id: idField('payout', 'Id of the payout.') })

export const PayoutPaymentsQuery = Type.Object({
  limit: integerField('Lines a page.', { minimum: 1, maximum: 100, default: 20 }),
  offset: integerField('Lines to skip.', { minimum: 0, maximum: 10_000, default: 0 }),
})

export const PayoutPayment = Type.Object(
  {
    payment_id: nullable(wireId('transaction', 'The payment, where the line is about one.')),
    kind: Type.String({ description: 'charge, refund, dispute, fee or adjustment.' }),
    gateway_transaction_id: text("The gateway's own id of the charge."),
    amount_minor: amount('Before fees.'),
    fee_minor: amount('What the gateway kept.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    created_at: timestamp('When it moved.'),
  },
  { title: 'PayoutPayment', description: 'A line that a payout carries.' },
)

const minorOrNull = (minor: bigint | null) => (minor === null ? null : toWireMinor(minor))

export function toWireRun(row: RunRow): Static<typeof RunItem> {
  return {
    id: encodeId('reconciliation_run', row.id),
    object: 'reconciliation_run',
    gateway: encodeId('gateway', row.gateway_id),
    from: formatInstant(row.from_at),
    until: formatInstant(row.until_at),
    source: row.source,
    state: row.state,
    movements: row.movements,
    matched: row.matched,
    opened: row.opened,
    resolved: row.resolved,
    error: row.error,
    started_at: formatInstant(row.started_at),
    finished_at: formatInstantOrNull(row.finished_at),
  }
}

export function toWireDifference(row: DifferenceRow): Static<typeof DifferenceItem> {
  return {
    id: encodeId('reconciliation_difference', row.id),
    object: 'reconciliation_difference',
    gateway: encodeId('gateway', row.gateway_id),
    kind: row.kind,
    reference: row.reference,
    transaction_id:
      row.transaction_id === null ? null : encodeId('transaction', row.transaction_id),
    ours_minor: minorOrNull(row.ours_minor),
    theirs_minor: minorOrNull(row.theirs_minor),
    currency: row.currency,
    state: row.state,
    resolved_how: row.resolved_how,
    note: row.note,
    found_at: formatInstant(row.found_at),
    resolved_at: formatInstantOrNull(row.resolved_at),
  }
}

export function toWirePayout(row: PayoutRow): Static<typeof PayoutItem> {
  return {
    id: row.id,
    public_id: encodeId('payout', row.id),
    object: 'payout',
    gateway: encodeId('gateway', row.gateway_id),
    gateway_payout_id: row.reference,
    gross_amount_minor: toWireMinor(row.gross_minor),
    fees_amount_minor: toWireMinor(row.fees_minor),
    net_amount_minor: toWireMinor(row.net_minor),
    currency: row.currency,
    charges_count: row.charges_count,
    refunds_count: row.refunds_count,
    chargebacks_count: row.chargebacks_count,
    status: row.status,
    arrival_date: formatInstant(row.arrived_at),
    settled_at: row.status === 'paid' ? formatInstant(row.arrived_at) : null,
    created_at: formatInstant(row.created_at),
  }
}

type PaymentRow = Awaited<ReturnType<typeof listPayoutPayments>>[number]

export function toWirePayoutPayment(row: PaymentRow): Static<typeof PayoutPayment> {
  return {
    payment_id: row.id === null ? null : encodeId('transaction', row.id),
    kind: row.kind,
    gateway_transaction_id: row.reference,
    amount_minor: toWireMinor(row.amount_minor),
    fee_minor: toWireMinor(row.fee_minor),
    currency: row.currency,
    created_at: formatInstant(row.moved_at),
  }
}
