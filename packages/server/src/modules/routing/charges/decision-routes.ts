import { encodeId, type Uuid } from '@perennial/core/ids'
import { explainUnrouted, type RouteReason } from '@perennial/core/routing'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import {
  idField,
  type JsonObject,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { fromStoredJson, toStoredJson } from '../json-forms.ts'
import {
  type DecisionRow,
  findAttemptOfPayment,
  findDecision,
  findUnroutedAttempt,
  listInvoiceDecisions,
  listUnroutedAttempts,
  type UnroutedAttempt,
} from '../queries/decisions.ts'
import { createReasonTeller } from './name-reasons.ts'

export const ReasonItem = Type.Unsafe<JsonObject>({
  type: 'object',
  additionalProperties: true,
  description: 'What was looked at: `code`, the values of it, and `text`, the same as a sentence.',
})

const DecisionItem = Type.Object(
  {
    object: oneOf(['routing_decision'], { description: 'Always "routing_decision".' }),
    kind: oneOf(['charge', 'stop'], { description: 'Whether it led to a charge.' }),
    attempt_id: nullable(wireId('payment_attempt', 'The attempt it led to.')),
    invoice_id: nullable(wireId('invoice', 'The invoice that is charged.')),
    payment_intent_id: nullable(wireId('payment_intent', 'The intent that is charged.')),
    gateway_id: nullable(wireId('gateway', 'The gateway that was chosen.')),
    stop_code: nullable(Type.String({ description: 'Why there is no charge.' })),
    payment_profile_id: nullable(wireId('payment_profile', 'The profile that decided.')),
    payment_profile_version: nullable(
      Type.Integer({ description: 'The version of it that decided.' }),
    ),
    reasons: Type.Array(ReasonItem, { description: 'Everything that was looked at, in order.' }),
    decided_at: timestamp('When it was decided.'),
  },
  { title: 'RoutingDecision', description: 'Why a charge went where it went.' },
)

const tags = ['Payment attempts']
const config = { scope: 'payments:read' } as const

const paymentId = idField('transaction', 'Id of the payment.', [
  'payment_attempt',
  'payment_intent',
])

export function addDecisionRoutes(app: ApiInstance): void {
  app.get(
    '/payment-attempts/:id/routing',
    {
      config,
      schema: {
        tags,
        summary: 'Show why an attempt went to its gateway',
        description:
          'A charge that had one way alone has no decision that is stored, and is told as such.',
        params: Type.Object({ id: idField('payment_attempt', 'Id of the attempt.') }),
        response: { 200: Type.Object({ data: DecisionItem }) },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const [data] = await context.inTx((tx) => tellOfAttempt(tx, { accountId, id }))
      if (data === undefined) throw ApiRefusal.notFound('routing decision')
      return { data }
    },
  )

  app.get(
    '/payments/:id/routing',
    {
      config,
      schema: {
        tags: ['Payments'],
        summary: 'Show why a payment went to its gateway',
        description:
          'The payment is named by its sale, approved or declined; by its attempt while it is on its way; or by its payment intent, whose last attempt is told of.',
        params: Type.Object({ id: paymentId }),
        response: { 200: Type.Object({ data: DecisionItem }) },
      },
    },
    async ({ context, params: { id: paymentId } }) => {
      const { accountId } = context
      const [data] = await context.inTx(async (tx) => {
        const id = await findAttemptOfPayment(tx, { accountId, paymentId })
        return id === null ? [] : tellOfAttempt(tx, { accountId, id })
      })
      if (data === undefined) throw ApiRefusal.notFound('routing decision')
      return { data }
    },
  )

  app.get(
    '/invoices/:id/routing',
    {
      config,
      schema: {
        tags,
        summary: 'List every routing decision for an invoice',
        params: Type.Object({ id: idField('invoice', 'Id of the invoice.') }),
        response: {
          200: Type.Object({
            data: Type.Array(DecisionItem, { description: 'Decisions, oldest first.' }),
          }),
        },
      },
    },
    async ({ context, params: { id: invoiceId } }) => {
      const { accountId } = context
      const data = await context.inTx(async (tx) => {
        const key = { accountId, invoiceId }
        const decided = await listInvoiceDecisions(tx, key)
        const unrouted = await listUnroutedAttempts(tx, key)
        const rows = [...decided, ...unrouted.map(explain)]
        return toWireDecisions(
          tx,
          accountId,
          rows.toSorted((one, other) => compareIds(one.id, other.id)),
        )
      })
      return { data }
    },
  )
}

type ShownDecision = Omit<DecisionRow, 'account_id' | 'state'>

/** The decision that led to an attempt, or what can be told without one; none for an attempt that is not there. */
async function tellOfAttempt(tx: Tx, key: { readonly accountId: Uuid; readonly id: Uuid }) {
  const row = await findDecision(tx, key)
  if (row !== null) return toWireDecisions(tx, key.accountId, [row])
  const attempt = await findUnroutedAttempt(tx, key)
  return attempt === null ? [] : toWireDecisions(tx, key.accountId, [explain(attempt)])
}

/** A charge that no decision is kept of, as decisions are shown. */
function explain(attempt: UnroutedAttempt): ShownDecision {
  const { operation, gateway_id: gatewayId } = attempt
  return {
    id: attempt.id,
    kind: 'charge',
    invoice_id: attempt.invoice_id,
    payment_intent_id: attempt.payment_intent_id,
    gateway_id: gatewayId,
    stop_code: null,
    payment_profile_id: null,
    payment_profile_version: null,
    reasons: toStoredJson(explainUnrouted({ operation, gatewayId })),
    created_at: attempt.created_at,
  }
}

/** Ids are made in the order of time. */
function compareIds(one: Uuid, other: Uuid): number {
  return one < other ? -1 : 1
}

async function toWireDecisions(tx: Tx, accountId: Uuid, rows: readonly ShownDecision[]) {
  if (rows.length === 0) return []
  const tell = await createReasonTeller(tx, accountId)
  return rows.map((row) => ({
    object: 'routing_decision' as const,
    kind: row.kind,
    attempt_id: row.kind === 'charge' ? encodeId('payment_attempt', row.id) : null,
    invoice_id: row.invoice_id === null ? null : encodeId('invoice', row.invoice_id),
    payment_intent_id:
      row.payment_intent_id === null ? null : encodeId('payment_intent', row.payment_intent_id),
    gateway_id: row.gateway_id === null ? null : encodeId('gateway', row.gateway_id),
    stop_code: row.stop_code,
    // What an account settles without a profile has no version.
    payment_profile_id:
      row.payment_profile_id === null || row.payment_profile_version === 0
        ? null
        : encodeId('payment_profile', row.payment_profile_id),
    payment_profile_version: row.payment_profile_version === 0 ? null : row.payment_profile_version,
    // As they were stored by `recordDecisions`.
    reasons: tell(fromStoredJson(row.reasons) as readonly RouteReason[]),
    decided_at: formatInstant(row.created_at),
  }))
}
