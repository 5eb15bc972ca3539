import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { PaymentIntent, Sale } from '@perennial/core/payments'
import { assert, assertNever } from '@perennial/core/fault'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  ApiRefusal,
  acceptedOr,
  invalid,
  toErrorEnvelope,
  unknown,
  type ApiInstance,
} from '../../../platform/http/index.ts'
import { pageListOf, toPageList, toPageRequest } from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import {
  findIntent,
  findIntentByChargeKey,
  findSaleOfIntent,
  listCharges,
  listSalesOfIntents,
} from '../../payments/index.ts'
import { captureIntent } from '../intents/capture-intent.ts'
import { intentErrors } from '../intents/errors.ts'
import { gatewaysDisabled } from '../collect/charge-errors.ts'
import { refuseCharge } from '../collect/refuse-charge.ts'
import { createRefund } from '../refunds/create-refund.ts'
import { refundErrors } from '../refunds/errors.ts'
import { readPaymentId } from '../refunds/read-payment-id.ts'
import type { BillingDeps } from '../scope.ts'
import {
  ChargeCaptureBody,
  ChargeCreateBody,
  ChargeItem,
  ChargeKeyUsed,
  ChargeListQuery,
  ChargeParams,
  ChargeRefundBody,
} from './charge-schemas.ts'
import { createCharge } from './create-charge.ts'

const tags = ['Charges']
const ChargeAnswer = Type.Object({ data: ChargeItem })

export function addChargeRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app)
  addCreate(app, deps)
  addMoves(app, deps)
}

function toWireCharge(intent: PaymentIntent, sale: Sale | null) {
  const { lastError } = intent
  const { paymentMethodId } = intent
  return {
    id: encodeId('payment_intent', intent.id),
    customerId: encodeId('customer', intent.customerId),
    invoiceId: null,
    paymentMethodId: paymentMethodId === null ? null : encodeId('payment_method', paymentMethodId),
    amountMinor: toWireMinor(intent.amountMinor),
    amountCapturedMinor: toWireMinor(intent.receivedMinor),
    amountRefundedMinor: toWireMinor(sale?.refundedMinor ?? 0n),
    currency: intent.currency,
    status: statusOf(intent, sale),
    description: intent.description ?? '',
    statementDescriptor: intent.statementDescriptor,
    failureCode: lastError?.declineCode ?? lastError?.code ?? null,
    failureMessage: lastError?.message ?? null,
    gatewayTransactionId: sale?.gatewayReference ?? null,
    receiptUrl: null,
    captured: intent.receivedMinor > 0n,
    metadata: intent.metadata as JsonObject,
    createdAt: formatInstant(intent.createdAt),
    updatedAt: formatInstant(intent.updatedAt),
  }
}

type ChargeStatus = Static<typeof ChargeItem>['status']

function statusOf(intent: PaymentIntent, sale: Sale | null): ChargeStatus {
  switch (intent.status) {
    case 'succeeded':
      if (sale?.status === 'voided') return 'voided'
      if (sale === null || sale.refundedMinor === 0n) return 'succeeded'
      return sale.refundedMinor < sale.amountMinor ? 'partially_refunded' : 'refunded'
    case 'processing':
      return intent.capturableMinor > 0n ? 'pending' : 'processing'
    case 'requires_payment_method':
      return intent.lastError === null ? 'pending' : 'failed'
    case 'requires_confirmation':
    case 'requires_action':
      return 'pending'
    case 'canceled':
      return 'voided'
    default:
      return assertNever(intent.status)
  }
}

/** The charge as it is stored; 404 when the account has no such charge. */
async function answerWithCharge(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const [intent, sale] = await context.inTx(async (tx) => [
    await findIntent(tx, accountId, id),
    await findSaleOfIntent(tx, accountId, id),
  ])
  if (intent === null) throw ApiRefusal.notFound('charge')
  return { data: toWireCharge(intent, sale) }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/charges',
    {
      config: { scope: 'charges:read' },
      schema: {
        tags,
        summary: 'List charges',
        querystring: ChargeListQuery,
        response: { 200: pageListOf(ChargeItem, 'Charges, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const request = toPageRequest(query)
      const filter = {
        customerId: query.customerId ?? null,
        status: query.status ?? null,
        createdFrom: query.createdGte ?? null,
        createdTo: query.createdLte ?? null,
      }
      return context.inTx(async (tx) => {
        const page = await listCharges(tx, accountId, filter, request)
        const ids = page.rows.map(({ id }) => id)
        const sales = await listSalesOfIntents(tx, accountId, ids)
        const saleOf = new Map(sales.map((sale) => [sale.paymentIntentId, sale]))
        const toItem = (intent: PaymentIntent) =>
          toWireCharge(intent, saleOf.get(intent.id) ?? null)
        return toPageList({ page, request, toItem })
      })
    },
  )

  app.get(
    '/charges/:id',
    {
      config: { scope: 'charges:read' },
      schema: {
        tags,
        summary: 'Show a charge',
        params: ChargeParams,
        response: { 200: ChargeAnswer },
      },
    },
    ({ context, params: { id } }) => answerWithCharge(context, id),
  )
}

function addCreate(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/charges',
    {
      config: { scope: 'charges:write', reload: (context, { id }) => answerWithMade(context, id) },
      schema: {
        tags,
        summary: 'Charge a customer at once',
        description:
          'Charges the default method unless told another. A charge that is refused answers 402 with the reason in decline_code; one that the gateway fails at answers 502, with nothing charged.',
        body: ChargeCreateBody,
        response: { 201: ChargeAnswer, 409: ChargeKeyUsed },
      },
    },
    async ({ context, body, id: requestId }, reply) => {
      const chargeKey = body.idempotencyKey ?? null
      const decision = await createCharge(deps, context, {
        customerId: body.customerId,
        paymentMethodId: body.paymentMethodId ?? null,
        amountMinor: body.amountMinor,
        currency: body.currency ?? context.account.currency,
        captureMethod: (body.capture ?? true) ? 'automatic' : 'manual',
        description: body.description,
        statementDescriptor: body.statementDescriptor ?? null,
        statementDescriptorSuffix: null,
        receiptEmail: null,
        ...(body.sendReceipt === undefined ? {} : { wantsReceipt: body.sendReceipt }),
        metadata: body.metadata ?? {},
        chargeKey,
      })
      if (decision.kind === 'refused' && decision.code === 'charge_key_used' && chargeKey !== null)
        return reply.code(409).send(await keyUsed(context, { chargeKey, requestId }))
      const id = acceptedOr(decision, createChargeErrors)
      return reply.code(201).send(await answerWithMade(context, id))
    },
  )
}

const createChargeErrors = {
  ...intentErrors,
  customer_not_found: unknown('customer', 'customerId'),
  gateways_disabled: gatewaysDisabled('paymentMethodId'),
  payment_method_not_found: unknown('payment method of this customer', 'paymentMethodId'),
  payment_method_missing: { ...intentErrors.payment_method_missing, param: 'paymentMethodId' },
  charge_key_used: intentErrors.intent_being_charged,
}

/** A charge that was just made; 402 when it was refused. */
async function answerWithMade(context: CommandContext, id: Uuid) {
  const answer = await answerWithCharge(context, id)
  if (answer.data.status === 'failed') throw refusalOf(answer.data)
  return answer
}

/** A charge that was just captured; 402 when that was refused. */
async function answerWithCaptured(context: CommandContext, id: Uuid) {
  const answer = await answerWithCharge(context, id)
  if (!answer.data.captured && answer.data.failureCode !== null) throw refusalOf(answer.data)
  return answer
}

async function keyUsed(
  context: CommandContext,
  given: { readonly chargeKey: string; readonly requestId: string },
) {
  const { chargeKey, requestId } = given
  const existing = await context.inTx((tx) =>
    findIntentByChargeKey(tx, context.accountId, chargeKey),
  )
  assert(existing !== null, 'a key that is used names a charge')
  const envelope = toErrorEnvelope(
    {
      status: 409,
      type: 'idempotency_error',
      code: 'conflict',
      message: 'Another charge was made with this idempotencyKey. existingChargeId tells which.',
      param: 'idempotencyKey',
    },
    requestId,
  )
  return { ...envelope, existingChargeId: encodeId('payment_intent', existing) }
}

function refusalOf(charge: {
  readonly id: string
  readonly failureCode: string | null
  readonly failureMessage: string | null
}): ApiRefusal {
  const { failureCode: declineCode, failureMessage: message } = charge
  return refuseCharge({ declineCode, message, details: { chargeId: charge.id } })
}

const captureErrors = {
  ...intentErrors,
  amount_above_capturable: invalid('That is more than the charge holds.', 'amountMinor'),
}

/** A charge is named by its path, where a refund's own route has a field. */
const refundChargeErrors = {
  ...refundErrors,
  payment_unknown: unknown('charge', 'id'),
  payment_not_refundable: invalid('Only a charge that succeeded can be refunded.', 'id'),
  payment_already_refunded: invalid('All of this charge has been given back.', 'id'),
  refund_above_rest: invalid(
    'That is more than is left of this charge. amountRefundedMinor tells what was given back.',
    'amountMinor',
  ),
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/charges/:id/capture',
    {
      config: {
        scope: 'charges:write',
        reload: (context, { id }) => answerWithCaptured(context, id),
      },
      schema: {
        tags,
        summary: 'Take what a charge holds',
        params: ChargeParams,
        body: Type.Optional(ChargeCaptureBody),
        response: { 200: ChargeAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const amountMinor = body?.amountMinor ?? null
      acceptedOr(await captureIntent(deps, context, { id, amountMinor }), captureErrors)
      return answerWithCaptured(context, id)
    },
  )

  app.post(
    '/charges/:id/refund',
    {
      config: {
        scope: 'refunds:write',
        // What is remembered is the refund.
        reload: (context, _refund, { params }) => answerWithCharge(context, (params as { id: Uuid }).id), // prettier-ignore
      },
      schema: {
        tags,
        summary: 'Refund a charge, in part or whole',
        params: ChargeParams,
        body: Type.Optional(ChargeRefundBody),
        response: { 200: ChargeAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const paymentId = await readPaymentId(context, id)
      const decision = await createRefund(deps, context, {
        paymentId,
        amountMinor: body?.amountMinor ?? null,
        reason: body?.reason ?? null,
        reasonDetails: null,
        mode: 'at_once',
      })
      acceptedOr(decision, refundChargeErrors)
      return answerWithCharge(context, id)
    },
  )
}
