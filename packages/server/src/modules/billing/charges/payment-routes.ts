import { assertNever } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { PaymentIntent } from '@perennial/core/payments'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  ApiRefusal,
  acceptedOr,
  type ApiInstance,
  type MadeObject,
} from '../../../platform/http/index.ts'
import {
  cursorListOf,
  toCursorList,
  toPageRequest,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import {
  findChargeUnderWay,
  findIntent,
  findLatestSaleRow,
  findSaleOfAttempt,
  findSaleOfIntent,
  findSaleRow,
  listChargesUnderWay,
  listHeldIntents,
  listHolds,
  listSales,
  type ChargeUnderWay,
  type Hold,
  type PaymentFilter,
  type TransactionRow,
} from '../../payments/index.ts'
import { cancelIntent } from '../intents/cancel-intent.ts'
import { captureIntent } from '../intents/capture-intent.ts'
import { intentErrors } from '../intents/errors.ts'
import { refuseCharge } from '../collect/refuse-charge.ts'
import { voidErrors } from '../refunds/errors.ts'
import { decodePaymentId } from '../refunds/read-payment-id.ts'
import { voidPayment } from '../refunds/voids/void-payment.ts'
import type { BillingDeps } from '../scope.ts'
import {
  PaymentCancelBody,
  PaymentCaptureBody,
  PaymentItem,
  PaymentListQuery,
  PaymentParams,
} from './payment-schemas.ts'
import { toWireHeldPayment, toWirePaymentUnderWay, toWireSalePayment } from './payment-wire.ts'

const tags = ['Payments']

/** A sale; an intent whose money is held, or was held and let go; or a charge whose money has not come yet. */
type Payment =
  | { readonly kind: 'sale'; readonly row: TransactionRow }
  | { readonly kind: 'held'; readonly intent: PaymentIntent; readonly hold: Hold }
  | { readonly kind: 'under_way'; readonly charge: ChargeUnderWay }

export function addPaymentRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app)
  addCapture(app, deps)
  addCancel(app, deps)
}

function toWire(payment: Payment) {
  switch (payment.kind) {
    case 'sale':
      return toWireSalePayment(payment.row)
    case 'held':
      return toWireHeldPayment(payment.intent, payment.hold)
    case 'under_way':
      return toWirePaymentUnderWay(payment.charge)
    default:
      return assertNever(payment)
  }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/payments',
    {
      config: { scope: 'payments:read' },
      schema: {
        tags,
        summary: 'List payments',
        description:
          'A payment is listed once its outcome is known, money is held for it, or its gateway calls it under way (pending: a bank debit whose money has not come).',
        querystring: PaymentListQuery,
        response: { 200: cursorListOf(PaymentItem, 'Payments, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        customerId: query.customer_id ?? null,
        invoiceId: query.invoice_id ?? null,
        status: query.status ?? null,
        channel: query.payment_channel ?? null,
        createdFrom: query.created_gte ?? null,
        createdTo: query.created_lte ?? null,
      }
      const page = await listPayments(context, filter, toPageRequest(query))
      return toCursorList({ page, url: '/v2/payments', toItem: toWire })
    },
  )

  app.get(
    '/payments/:id',
    {
      config: { scope: 'payments:read' },
      schema: {
        tags,
        summary: 'Show a payment',
        params: PaymentParams,
        response: { 200: PaymentItem },
      },
    },
    async ({ context, params: { id } }) => toWire(await getPayment(context, id)),
  )
}

/** All kinds by their ids, which are in the order of time. */
async function listPayments(context: CommandContext, filter: PaymentFilter, page: PageRequest) {
  const { accountId } = context
  const [sales, held, holds, underWay] = await context.inTx(async (tx) => {
    const found = await listHeldIntents(tx, accountId, filter, page)
    const ids = found.rows.map(({ id }) => id)
    const sold = await listSales(tx, accountId, filter, page)
    const waiting = await listChargesUnderWay(tx, accountId, filter, page)
    return [sold, found, await listHolds(tx, accountId, ids), waiting] as const
  })
  const payments: Payment[] = [
    ...sales.rows.map((row) => ({ kind: 'sale', row }) as const),
    ...held.rows.flatMap((intent): Payment[] => {
      const hold = holds.get(intent.id)
      return hold === undefined ? [] : [{ kind: 'held', intent, hold }]
    }),
    ...underWay.rows.map((charge) => ({ kind: 'under_way', charge }) as const),
  ]
  const newestFirst = payments.toSorted((one, other) => (idOf(one) < idOf(other) ? 1 : -1))
  // Read upwards from a cursor, the page is what stands next to it.
  const isUpwards = page.endingBefore !== null && page.startingAfter === null
  const rows = isUpwards ? newestFirst.slice(-page.limit) : newestFirst.slice(0, page.limit)
  const isMoreRead = [sales, held, underWay].some((each) => each.hasMore)
  return { rows, hasMore: isMoreRead || newestFirst.length > page.limit }
}

function idOf(payment: Payment): Uuid {
  switch (payment.kind) {
    case 'sale':
      return payment.row.id
    case 'held':
      return payment.intent.id
    case 'under_way':
      return payment.charge.attempt.id
    default:
      return assertNever(payment)
  }
}

/** By the id of a sale, of its attempt or of its intent; 404 when the account has no such payment. */
async function getPayment(context: CommandContext, text: string): Promise<Payment> {
  const { accountId } = context
  const id = parseId(text)
  const found = await context.inTx(async (tx): Promise<Payment | null> => {
    const row = await findSaleRow(tx, accountId, id)
    if (row !== null) return { kind: 'sale', row }
    const intent = await findIntent(tx, accountId, id)
    if (intent === null) return findPaymentOfAttempt(tx, accountId, id)
    const sold = await findSaleOfIntent(tx, accountId, id)
    if (sold !== null) {
      const taken = await findSaleRow(tx, accountId, sold.id)
      return taken === null ? null : { kind: 'sale', row: taken }
    }
    const hold = (await listHolds(tx, accountId, [id])).get(id)
    if (hold !== undefined) return { kind: 'held', intent, hold }
    const charge = await findChargeUnderWay(tx, accountId, id)
    if (charge?.attempt.state === 'pending') return { kind: 'under_way', charge }
    const failed = await findLatestSaleRow(tx, accountId, id)
    if (failed !== null) return { kind: 'sale', row: failed }
    return charge === null ? null : { kind: 'under_way', charge }
  })
  if (found === null) throw ApiRefusal.notFound('payment')
  return found
}

async function findPaymentOfAttempt(tx: Tx, accountId: Uuid, id: Uuid): Promise<Payment | null> {
  const charge = await findChargeUnderWay(tx, accountId, id)
  if (charge !== null) return { kind: 'under_way', charge }
  const sale = await findSaleOfAttempt(tx, accountId, id)
  const row = sale === null ? null : await findSaleRow(tx, accountId, sale.id)
  return row === null ? null : { kind: 'sale', row }
}

function parseId(text: string): Uuid {
  const id = decodePaymentId(text)
  if (id === null) throw ApiRefusal.notFound('payment')
  return id
}

function addCapture(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/payments/:id/capture',
    {
      config: { scope: 'payments:write', reload: answerWithTaken },
      schema: {
        tags,
        summary: 'Take money that is held',
        description:
          'There is one capture; what it leaves is released. One that the gateway refuses, because the authorisation has expired for example, answers 402.',
        params: PaymentParams,
        body: Type.Optional(PaymentCaptureBody),
        response: { 200: PaymentItem },
      },
    },
    async ({ context, params: { id: text }, body }) => {
      await throwIfLapsed(context, text)
      const payment = await getPayment(context, text)
      if (payment.kind !== 'held' || payment.intent.capturableMinor === 0n) throw nothingHeld()
      const intentId = payment.intent.id
      const amountMinor = body?.amount ?? null
      const decision = await captureIntent(deps, context, { id: intentId, amountMinor })
      if (decision.kind === 'refused' && decision.code === 'amount_above_capturable')
        throw ApiRefusal.invalid('amount', `Only ${payment.intent.capturableMinor} is held.`)
      acceptedOr(decision, intentErrors)
      await throwIfRefused(context, intentId)
      return toWire(await getPayment(context, text))
    },
  )
}

async function answerWithTaken(context: CommandContext, { id }: MadeObject) {
  await throwIfRefused(context, id)
  return toWire(await getPayment(context, encodeId('payment_intent', id)))
}

function nothingHeld(): ApiRefusal {
  return invalidRequest(
    'Nothing is held for this payment: it is on its way, or was taken, refused or released before.',
  )
}

function invalidRequest(message: string): ApiRefusal {
  const type = 'invalid_request_error'
  return new ApiRefusal({ status: 400, type, code: 'invalid_request', message })
}

/** A hold that its gateway has let go of is no payment any more; whoever captures it is told why. */
async function throwIfLapsed(context: CommandContext, text: string): Promise<void> {
  const id = parseId(text)
  const intent = await context.inTx((tx) => findIntent(tx, context.accountId, id))
  if (intent?.lastError?.declineCode === 'authorization_expired') await throwIfRefused(context, id)
}

async function throwIfRefused(context: CommandContext, intentId: Uuid): Promise<void> {
  const intent = await context.inTx((tx) => findIntent(tx, context.accountId, intentId))
  if (intent === null || intent.lastError === null) return
  const { message, declineCode, code } = intent.lastError
  const isExpired = declineCode === 'authorization_expired'
  const text = isExpired
    ? 'The authorisation has expired, so nothing can be taken any more. Charge the customer again.'
    : message
  throw refuseCharge({ declineCode, message: text, code })
}

function addCancel(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/payments/:id/cancel',
    {
      config: {
        scope: 'payments:write',
        // What is remembered is the intent, or the void of the payment.
        reload: async (context, _made, { params }) =>
          toWire(await getPayment(context, (params as { id: string }).id)),
      },
      schema: {
        tags,
        summary: 'Release money that is held, or call a payment off before it settles',
        params: PaymentParams,
        body: Type.Optional(PaymentCancelBody),
        response: { 200: PaymentItem },
      },
    },
    async ({ context, params: { id: text }, body }) => {
      const payment = await getPayment(context, text)
      if (payment.kind !== 'sale') {
        const id = intentOf(payment)
        acceptedOr(await cancelIntent(deps, context, { id, reason: null }), intentErrors)
        return toWire(await getPayment(context, text))
      }
      const reason = body?.reason ?? null
      const request = { paymentId: payment.row.id, reason, reasonCode: null }
      acceptedOr(await voidPayment(deps, context, request), voidErrors)
      return toWire(await getPayment(context, text))
    },
  )
}

/** The intent that is canceled with a payment of which no money has come. */
function intentOf(payment: Exclude<Payment, { readonly kind: 'sale' }>): Uuid {
  if (payment.kind === 'held') return payment.intent.id
  const { paymentIntentId } = payment.charge.attempt
  if (paymentIntentId === null)
    throw invalidRequest(
      'This payment of an invoice is on its way to the bank. Wait for its money, and refund that.',
    )
  return paymentIntentId
}
