import type { Uuid } from '@perennial/core/ids'
import type { IntentEdit, PaymentIntent } from '@perennial/core/payments'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr, type ApiInstance } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { findIntent, listIntents, toWireIntent } from '../../payments/index.ts'
import { cancelIntent } from './cancel-intent.ts'
import { captureIntent } from './capture-intent.ts'
import { confirmIntent, refreshIntent } from './confirm-intent.ts'
import { draftIntent, editIntent, type DraftIntent } from './draft-intent.ts'
import {
  IntentCancelBody,
  IntentCaptureBody,
  IntentConfirmBody,
  IntentCreateBody,
  IntentItem,
  IntentListQuery,
  IntentParams,
  IntentUpdateBody,
  type IntentCreate,
  type IntentUpdate,
} from './intent-schemas.ts'
import { intentErrors } from './errors.ts'
import type { BillingDeps } from '../scope.ts'

const tags = ['Payment intents']

export function addIntentRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app, deps)
  addDrafts(app, deps)
  addMoves(app, deps)
}

function toWire(context: CommandContext, intent: PaymentIntent) {
  return toWireIntent(intent, context.environment === 'live')
}

/** The intent as it is stored; 404 when the account has no such intent. */
export async function answerWithIntent(context: CommandContext, id: Uuid) {
  const intent = await context.inTx((tx) => findIntent(tx, context.accountId, id))
  if (intent === null) throw ApiRefusal.notFound('payment intent')
  return toWire(context, intent)
}

function addReads(app: ApiInstance, deps: BillingDeps): void {
  app.get(
    '/payment-intents',
    {
      config: { scope: 'payment_intents:read' },
      schema: {
        tags,
        summary: 'List payment intents',
        querystring: IntentListQuery,
        response: { 200: cursorListOf(IntentItem, 'Payment intents, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        customerId: query.customer ?? null,
        status: query.status ?? null,
        createdFrom: query.created_gte ?? null,
        createdTo: query.created_lte ?? null,
      }
      const page = await context.inTx((tx) =>
        listIntents(tx, context.accountId, filter, toPageRequest(query)),
      )
      const toItem = (intent: PaymentIntent) => toWire(context, intent)
      return toCursorList({ page, url: '/v2/payment-intents', toItem })
    },
  )

  app.get(
    '/payment-intents/:id',
    {
      config: { scope: 'payment_intents:read' },
      schema: {
        tags,
        summary: 'Show a payment intent',
        description:
          'While the customer has to act, or an answer got lost, the gateway is asked how it stands.',
        params: IntentParams,
        response: { 200: IntentItem },
      },
    },
    async ({ context, params: { id } }) => {
      const intent = await refreshIntent(deps, context, id)
      if (intent === null) throw ApiRefusal.notFound('payment intent')
      return toWire(context, intent)
    },
  )
}

function addDrafts(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/payment-intents',
    {
      config: { scope: 'payment_intents:write' },
      schema: {
        tags,
        summary: 'Create a payment intent; nothing is charged yet',
        body: IntentCreateBody,
        response: { 200: IntentItem },
      },
    },
    async ({ context, body }) => {
      if (body.gateway_merchant_id !== undefined && body.gateway_merchant_id !== null)
        throw ApiRefusal.invalid('gateway_merchant_id', ONE_MERCHANT_ACCOUNT)
      const decision = await draftIntent(deps, context, toDraft(context, body))
      return toWire(context, acceptedOr(decision, intentErrors))
    },
  )

  app.post(
    '/payment-intents/:id',
    {
      config: { scope: 'payment_intents:write' },
      schema: {
        tags,
        summary: 'Change a payment intent before it is confirmed',
        params: IntentParams,
        body: IntentUpdateBody,
        response: { 200: IntentItem },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await editIntent(deps, context, { id, edit: toEdit(body) })
      return toWire(context, acceptedOr(decision, intentErrors))
    },
  )
}

const ONE_MERCHANT_ACCOUNT =
  'A gateway here is one merchant account, and tokens belong to it. Connect each of yours as a gateway of its own, and name it when you attach the payment method.'

function toDraft(context: CommandContext, body: IntentCreate): DraftIntent {
  return {
    customerId: body.customer,
    paymentMethodId: body.payment_method ?? null,
    amountMinor: body.amount,
    currency: body.currency ?? context.account.currency,
    captureMethod: body.capture_method ?? 'automatic',
    description: body.description ?? null,
    statementDescriptor: body.statement_descriptor ?? null,
    statementDescriptorSuffix: body.statement_descriptor_suffix ?? null,
    receiptEmail: body.receipt_email ?? null,
    metadata: body.metadata ?? {},
  }
}

/** What is absent stays absent. */
function toEdit(body: IntentUpdate): IntentEdit {
  const fields = {
    amountMinor: body.amount,
    currency: body.currency,
    paymentMethodId: body.payment_method,
    description: body.description,
    statementDescriptor: body.statement_descriptor,
    statementDescriptorSuffix: body.statement_descriptor_suffix,
    receiptEmail: body.receipt_email,
    metadata: body.metadata,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/payment-intents/:id/confirm',
    {
      config: { scope: 'payment_intents:write' },
      schema: {
        tags,
        summary: 'Charge a payment intent, or authorise it for a capture later',
        description:
          'A charge that is refused answers 200 with requires_payment_method and last_payment_error.',
        params: IntentParams,
        body: Type.Optional(IntentConfirmBody),
        response: { 200: IntentItem },
      },
    },
    async ({ context, params: { id }, body }) => {
      const paymentMethodId = body.payment_method ?? null
      const returnUrl = body.return_url ?? null
      const request = { id, paymentMethodId, returnUrl, isCustomerPresent: true }
      acceptedOr(await confirmIntent(deps, context, request), intentErrors)
      return answerWithIntent(context, id)
    },
  )

  app.post(
    '/payment-intents/:id/capture',
    {
      config: { scope: 'payment_intents:write' },
      schema: {
        tags,
        summary: 'Take what a payment intent has authorised',
        description: 'There is one capture; what it leaves is released.',
        params: IntentParams,
        body: Type.Optional(IntentCaptureBody),
        response: { 200: IntentItem },
      },
    },
    async ({ context, params: { id }, body }) => {
      const amountMinor = body.amount_to_capture ?? null
      acceptedOr(await captureIntent(deps, context, { id, amountMinor }), intentErrors)
      return answerWithIntent(context, id)
    },
  )

  app.post(
    '/payment-intents/:id/cancel',
    {
      config: { scope: 'payment_intents:write' },
      schema: {
        tags,
        summary: 'Give a payment intent up and release what it holds',
        params: IntentParams,
        body: Type.Optional(IntentCancelBody),
        response: { 200: IntentItem },
      },
    },
    async ({ context, params: { id }, body }) => {
      const reason = body.cancellation_reason ?? null
      acceptedOr(await cancelIntent(deps, context, { id, reason }), intentErrors)
      return answerWithIntent(context, id)
    },
  )
}
