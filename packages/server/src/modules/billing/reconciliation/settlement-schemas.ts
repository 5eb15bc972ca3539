import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { SETTLEMENT_KINDS, type SettlementRow } from '@perennial/core/payments'
import { parseInstant, parsePlainDate, startOfDay, UTC, type Instant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import {
  amount,
  currencyField,
  idField,
  isDateInRange,
  nullable,
  oneOf,
  signedAmountField,
  textField,
  wireId,
} from '../../../platform/wire/index.ts'
import type { PayoutSum } from '../../payments/reconciliation/index.ts'
import type { ImportedSettlement } from './import-settlement.ts'

export const SETTLEMENT_ROWS_MAX = 10_000
/** Letters, digits and signs; nothing that no report prints. */
export const SETTLEMENT_TEXT = '^[^\\u0000-\\u001f\\u007f]*$'
export const SETTLEMENT_TEXT_MAX = 255

const name = (description: string) =>
  Type.Optional(
    nullable(
      textField(description, {
        minLength: 1,
        maxLength: SETTLEMENT_TEXT_MAX,
        pattern: SETTLEMENT_TEXT,
      }),
    ),
  )

const RowBody = Type.Object({
  kind: oneOf(SETTLEMENT_KINDS, { description: 'What the line is about.' }),
  gateway_reference: name(
    "The gateway's id of the charge; of a refund or chargeback that of its charge. Not needed for fees, payouts and adjustments.",
  ),
  amount_minor: signedAmountField(
    'Before fees, in minor units, above zero: the kind says which way. Fees, payouts and adjustments may be below zero, and so is a refund that came back; an adjustment above zero is in your favour.',
  ),
  fee_minor: Type.Optional(
    signedAmountField(
      'What the gateway kept of it; below zero where it gave more than the amount.',
    ),
  ),
  currency: currencyField('ISO 4217 code.'),
  payout_id: name("The gateway's id of the payout that carries the line."),
  date: textField('When it moved: a date (its first instant in UTC) or an instant.', {
    maxLength: 40,
  }),
  line_id: name("The gateway's own id of the line; without one it is told apart by what it says."),
})

export const SettlementBody = Type.Object({
  rows: Type.Array(RowBody, {
    minItems: 1,
    maxItems: SETTLEMENT_ROWS_MAX,
    description: 'Lines of the settlement. All are taken, or none.',
  }),
  preview: Type.Optional(
    Type.Boolean({ description: 'True only tells what would be done.', default: false }),
  ),
})

export const SettlementParams = Type.Object({ id: idField('gateway', 'Id of the gateway.') })

const count = (description: string) => Type.Integer({ description })
const KEPT_SHOWN_MAX = 100

const PayoutShown = Type.Object({
  payout_id: Type.String({ description: "The gateway's id of the payout." }),
  currency: Type.String({ description: 'ISO 4217 code.' }),
  gross_amount_minor: amount('What its lines come to before fees.'),
  fees_amount_minor: amount('What the gateway kept of them.'),
  net_amount_minor: amount('What reached the bank.'),
})

const UnmatchedShown = Type.Object({
  row: count('Which row, from 1.'),
  kind: oneOf(SETTLEMENT_KINDS, { description: 'Its kind.' }),
  gateway_reference: nullable(Type.String({ description: 'The charge that it names.' })),
})

export const SettlementItem = Type.Object(
  {
    object: oneOf(['settlement_import'], { description: 'Always "settlement_import".' }),
    gateway: wireId('gateway', 'The gateway.'),
    preview: Type.Boolean({ description: 'Whether it only tells what would be done.' }),
    reconciliation_run: nullable(
      wireId('reconciliation_run', 'The comparison that it was; null of a preview.'),
    ),
    rows: count('Rows that were handed in.'),
    new_lines: count('Lines that were not known before: what they say is booked.'),
    matched: count('Lines that something of ours was found for just now.'),
    unmatched_count: count('Lines that nothing of ours stands behind.'),
    unmatched: Type.Array(UnmatchedShown, {
      description: `The first ${KEPT_SHOWN_MAX} of them; each is a difference.`,
    }),
    payouts: Type.Array(PayoutShown, {
      description: `Payouts that the rows name, the first ${KEPT_SHOWN_MAX}.`,
    }),
    differences_opened: count('Differences that were found.'),
    differences_resolved: count('Differences that have come right.'),
  },
  { title: 'SettlementImport', description: "What came of a gateway's settlement." },
)

export type WireSettlement = Static<typeof SettlementItem>

export function toSettlementRows(body: Static<typeof SettlementBody>): SettlementRow[] {
  return body.rows.map((row, index) => ({
    kind: row.kind,
    gatewayReference: row.gateway_reference ?? null,
    amountMinor: row.amount_minor,
    feeMinor: row.fee_minor ?? 0n,
    currency: row.currency,
    payoutId: row.payout_id ?? null,
    at: readDate(row.date) ?? refuseDate(index),
    lineId: row.line_id ?? null,
  }))
}

/** A date is its first instant in UTC, as gateways count their days. Null for one that no money moved on. */
export function readDate(text: string): Instant | null {
  const named = parsePlainDate(text) ?? parseInstant(text)
  if (named === null || !isDateInRange(named)) return null
  return typeof named === 'number' ? named : startOfDay(named, UTC)
}

function refuseDate(index: number): never {
  throw ApiRefusal.invalid(
    `rows[${index}].date`,
    `Row ${index + 1}, date: give a date (2027-01-31) or an instant with its offset.`,
  )
}

export function toWireSettlement(
  settled: ImportedSettlement,
  of: { readonly gatewayId: Uuid; readonly rows: readonly SettlementRow[] },
): WireSettlement {
  const { runId, lines, unmatched } = settled
  const left = lines.filter(({ movement }) => unmatched.has(movement.reference))
  return {
    object: 'settlement_import',
    gateway: encodeId('gateway', of.gatewayId),
    preview: runId === null,
    reconciliation_run: runId === null ? null : encodeId('reconciliation_run', runId),
    rows: of.rows.length,
    new_lines: settled.newLines,
    matched: settled.matched,
    unmatched_count: left.length,
    unmatched: left.slice(0, KEPT_SHOWN_MAX).map(({ row, movement }) => ({
      row,
      kind: of.rows[row - 1]?.kind ?? 'adjustment',
      gateway_reference: movement.chargeReference,
    })),
    payouts: settled.payouts.slice(0, KEPT_SHOWN_MAX).map(toWirePayout),
    differences_opened: settled.opened,
    differences_resolved: settled.resolved,
  }
}

function toWirePayout(payout: PayoutSum) {
  return {
    payout_id: payout.reference,
    currency: payout.currency,
    gross_amount_minor: toWireMinor(payout.gross_minor),
    fees_amount_minor: toWireMinor(payout.fees_minor),
    net_amount_minor: toWireMinor(payout.net_minor),
  }
}
