import type { Uuid } from '@perennial/core/ids'
import {
  addPlan,
  cancelPlanSubscription,
  changePlanSubscription,
  chargeOnce,
  listTerms,
  listTermsByReference,
  removePlan,
  type BillingDeps,
} from '../../../modules/billing/index.ts'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { findByCard, refuseAbove, ROWS_MAX } from '../actions/find-by-card.ts'
import { replaceMethod } from '../actions/replace-method.ts'
import { asStartable, declinedStart, startSubscription } from '../actions/start-subscription.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { INVOICE_KEYS } from '../queries/invoices.ts'
import { findIdOf, idOf, toNumber } from '../numbers/numbers.ts'
import {
  choiceAt,
  objectAt,
  objectsAt,
  problem,
  readBody,
  readQuery,
  refuseBeside,
  refuseProblems,
  refuseUnknown,
  textAt,
  type Fields,
} from '../read/fields.ts'
import { dateAt } from '../read/read-date.ts'
import { frequencyAt } from '../read/read-frequency.ts'
import { readExistingMethod, readPlacedMethod, REFERENCE } from '../read/read-method.ts'
import { keptOfLines, readLine } from '../read/read-line.ts'
import { readPlan } from '../read/read-plan.ts'
import { cancelModeAt, readSubscription } from '../read/read-subscription.ts'
import { toMoment } from '../show/dates-and-money.ts'
import { showInvoices } from '../show/show-invoice.ts'
import { showSubscriptions } from '../show/show-subscription.ts'
import { type Id, type Query, hidden, onceAKey } from './route-forms.ts'

export function addSubscriptionRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post('/api/Subscriptions', onceAKey(201, showStarted), async (request, reply) => {
    const fields = readBody(request.body)
    const wanted = readSubscription(fields)
    refuseProblems(fields)
    const start = { owner: null, wanted: asStartable(wanted) }
    const id = await startSubscription(deps, request.context, start)
    return reply.code(201).send(await showSubscription(request.context, id))
  })

  app.get<Query>('/api/Subscriptions', hidden, async ({ context, query }, reply) => {
    const fields = readQuery(query)
    const rule = { ...REFERENCE, isRequired: true }
    const reference = textAt(fields, 'merchantSubscriptionRefId', rule) ?? ''
    refuseProblems(fields)
    const wanted = { reference, limit: ROWS_MAX + 1 }
    const terms = await context.inTx((tx) => listTermsByReference(tx, context.accountId, wanted))
    refuseAbove(ROWS_MAX, terms)
    const own = terms.filter(({ kind }) => kind === 'subscription')
    const shown = await context.inTx((tx) => showSubscriptions(tx, context.accountId, own))
    return shown.length === 0 ? reply.code(204).send() : reply.send(shown)
  })

  app.get<Id>('/api/Subscriptions/:id', hidden, async ({ context, params }) =>
    showSubscription(context, await subscriptionOf(context, params.id)),
  )

  app.post('/api/Subscriptions/pan-lookup', hidden, async ({ context, body }) => {
    const fields = readBody(body)
    const rule = { lengthMin: 12, lengthMax: 24, isRequired: true }
    const number = textAt(fields, 'paymentAccountNumber', rule)?.replaceAll(/[\s-]/g, '') ?? ''
    if (fields.problems.length === 0 && !/^\d{12,19}$/.test(number))
      problem(fields, 'paymentAccountNumber', 'must be a card number')
    refuseProblems(fields)
    return showThese(context, await findByCard(deps, context, number))
  })

  addChanges(app, deps)
  addCharges(app, deps)
}

function showThese(context: CommandContext, ids: readonly Uuid[]) {
  const { accountId } = context
  return context.inTx(async (tx) =>
    showSubscriptions(tx, accountId, await listTerms(tx, accountId, ids)),
  )
}

async function subscriptionOf(context: CommandContext, text: string) {
  return idOf(context, 'subscription', toNumber(text))
}

/** One that was begun; its first payment may have refused it since. */
export async function showStarted(context: CommandContext, id: Uuid) {
  const terms = await context.inTx((tx) => listTerms(tx, context.accountId, [id]))
  const [shown] = await context.inTx((tx) => showSubscriptions(tx, context.accountId, terms))
  if (shown === undefined) throw declinedStart()
  return shown
}

export async function showSubscription(
  context: CommandContext,
  id: Awaited<ReturnType<typeof idOf>>,
) {
  const [shown] = await context.inTx(async (tx) => {
    const terms = await listTerms(tx, context.accountId, [id])
    return showSubscriptions(tx, context.accountId, terms)
  })
  if (shown === undefined) throw FaceRefusal.notFound('subscription')
  return shown
}

const STATUS_TYPES = ['Current', 'Recycle', 'Cancelled', 'PendingCancellation'] as const
const SPELLINGS: Readonly<Record<string, string>> = { canceled: 'Cancelled', recycled: 'Recycle' }

function statusAt(fields: Fields) {
  const given = fields.get('subscriptionStatusType')
  const spelled = typeof given === 'string' ? SPELLINGS[given.toLowerCase()] : undefined
  const get = (name: string) => (name === 'subscriptionStatusType' ? (spelled ?? given) : null)
  return choiceAt({ ...fields, get }, 'subscriptionStatusType', STATUS_TYPES)
}

const CHANGEABLE = [
  'merchantSubscriptionRefId',
  'billingFrequencyType',
  'billingFrequency',
  'intervalType',
  'intervalCount',
  'subscriptionStatusType',
  'subscriptionCancelType',
  'nextBillDate',
]

function addChanges(app: ApiInstance, deps: BillingDeps): void {
  app.patch<Id>('/api/Subscriptions/:id', hidden, async ({ context, params, body }) => {
    const fields = readBody(body)
    refuseUnknown(fields, CHANGEABLE)
    const status = statusAt(fields)
    if (status === 'Recycle' || status === 'PendingCancellation')
      problem(fields, 'subscriptionStatusType', 'can be set to Current or Cancelled')
    const change = {
      reference: textAt(fields, 'merchantSubscriptionRefId', REFERENCE) ?? undefined,
      cancelMode: cancelModeAt(fields) ?? undefined,
      frequency: frequencyAt(fields) ?? undefined,
      nextBillOn: dateAt(fields, 'nextBillDate') ?? undefined,
      isResumed: status === 'Current',
    }
    refuseProblems(fields)
    const id = await subscriptionOf(context, params.id)
    await asOne(context, async (whole) => {
      const decision = await changePlanSubscription(deps, whole, { id, change })
      if (decision.kind === 'refused') throw changeRefusal(decision.code)
      if (status === 'Cancelled') await cancel(deps, whole, id)
    })
    return showSubscription(context, id)
  })

  app.post<Id>('/api/Subscriptions/:id/cancel', hidden, async ({ context, params }) => {
    const id = await subscriptionOf(context, params.id)
    await cancel(deps, context, id)
    const shown = await showSubscription(context, id)
    return {
      subscriptionId: shown.subscriptionId,
      customerId: shown.customerId,
      subscriptionStatus: shown.subscriptionStatusType,
      cancelledAt: shown.cancelledAt,
    }
  })

  app.put<Id>(
    '/api/Subscriptions/:id/payment-method',
    onceAKey(200, showSubscription),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      refuseBeside(fields, ['paymentMethod', 'existingPaymentMethod'])
      const fresh = objectAt(fields, 'paymentMethod')
      const existing = objectAt(fields, 'existingPaymentMethod')
      if (fresh === null && existing === null)
        problem(fields, 'paymentMethod', 'or existingPaymentMethod is required')
      const wanted = fresh !== null ? readPlacedMethod(fresh) : existing === null ? null : readExistingMethod(existing) // prettier-ignore
      refuseProblems(fields)
      const id = await subscriptionOf(context, params.id)
      const { customerId: number } = await showSubscription(context, id)
      const customerId = await idOf(context, 'customer', number)
      if (wanted === null) throw FaceRefusal.notFound('payment method')
      await replaceMethod(deps, context, { subscriptionId: id, customerId, wanted })
      return showSubscription(context, id)
    },
  )
}

async function cancel(
  deps: BillingDeps,
  context: CommandContext,
  id: Parameters<typeof cancelPlanSubscription>[2],
): Promise<void> {
  const decision = await cancelPlanSubscription(deps, context, id)
  if (decision.kind === 'refused') throw FaceRefusal.notFound('subscription')
}

function changeRefusal(code: string): FaceRefusal {
  switch (code) {
    case 'subscription_not_found':
      return FaceRefusal.notFound('subscription')
    case 'resume_of_recycling':
      return FaceRefusal.invalid(['subscriptionStatusType cannot be set to Current while a bill is recycled; pay the invoice.']) // prettier-ignore
    case 'next_bill_in_past':
      return FaceRefusal.invalid(['nextBillDate must be today or later.'])
    default:
      return FaceRefusal.invalid(['nextBillDate cannot be changed now.'])
  }
}

const LINES_MAX = 50

function addCharges(app: ApiInstance, deps: BillingDeps): void {
  app.post<Id>(
    '/api/Subscriptions/:id/payment',
    onceAKey(200, showCharge),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      const lines = objectsAt(fields, 'invoiceLineItems', LINES_MAX).map(readLine)
      if (lines.length === 0 && fields.problems.length === 0)
        problem(fields, 'invoiceLineItems', 'must have at least one line')
      const reference = textAt(fields, 'merchantInvoiceRefId', REFERENCE)
      refuseProblems(fields)
      const id = await subscriptionOf(context, params.id)
      const named = reference === null ? {} : { [INVOICE_KEYS.reference]: reference }
      const metadata = { ...keptOfLines(lines), ...named }
      const decision = await chargeOnce(deps, context, { subscriptionId: id, lines, metadata })
      if (decision.kind === 'refused') throw chargeRefusal(decision.code)
      return showCharge(context, decision.value)
    },
  )

  app.post<Id>(
    '/api/Subscriptions/:id/billing-plans',
    hidden,
    async ({ context, params, body }, reply) => {
      const fields = readBody(body)
      const plan = readPlan(fields)
      refuseProblems(fields)
      const subscriptionId = await subscriptionOf(context, params.id)
      const decision = await addPlan(deps, context, { subscriptionId, plan })
      if (decision.kind === 'refused') {
        if (decision.code === 'too_many_plans')
          throw FaceRefusal.invalid(['This subscription has as many plans as it can have.'])
        throw FaceRefusal.notFound('subscription')
      }
      const shown = await showSubscription(context, subscriptionId)
      return reply.code(201).send(shown.billingPlans.at(-1))
    },
  )

  app.delete<{ Params: { id: string; plan: string } }>(
    '/api/Subscriptions/:id/billing-plans/:plan',
    hidden,
    async ({ context, params }) => {
      const subscriptionId = await subscriptionOf(context, params.id)
      const number = toNumber(params.plan)
      const itemId = number === null ? null : await findIdOf(context, 'plan', number)
      if (itemId === null) throw FaceRefusal.notFound('billing plan')
      const decision = await removePlan(deps, context, { subscriptionId, itemId })
      if (decision.kind === 'accepted') return showSubscription(context, subscriptionId)
      if (decision.code === 'plan_in_use')
        throw FaceRefusal.invalid(['The plan is in use: it has cycles left.'])
      throw FaceRefusal.notFound(decision.code === 'plan_not_found' ? 'billing plan' : 'subscription') // prettier-ignore
    },
  )
}

function chargeRefusal(code: 'subscription_not_found' | 'no_payment_method'): FaceRefusal {
  return code === 'subscription_not_found'
    ? FaceRefusal.notFound('subscription')
    : new FaceRefusal(422, 'The subscription has no payment method that can be charged.')
}

/** What came of a charge that was made at once. */
export async function showCharge(
  context: CommandContext,
  invoiceId: Parameters<typeof showInvoices>[2][number],
) {
  const { accountId: id, account } = context
  const [invoice] = await context.inTx((tx) => showInvoices(tx, { id, name: account.name }, [invoiceId])) // prettier-ignore
  if (invoice === undefined) throw FaceRefusal.notFound('invoice')
  const last = invoice.invoiceAttempts.at(-1)
  return {
    invoiceId: invoice.invoiceId,
    merchantInvoiceRefId: invoice.merchantInvoiceRefId,
    invoiceStatus: invoice.invoiceStatus,
    invoiceAttemptStatus: last?.invoiceAttemptStatus ?? null,
    message: last?.responseMessage ?? null,
    subtotal: invoice.subtotal,
    taxAmount: invoice.tax,
    total: invoice.total,
    paymentMethodTypeId: (last?.paymentMethod?.paymentMethodAchDetails ?? null) === null ? 1 : 2,
    transactionId: last?.processorTransactionId ?? null,
    responseCode: last?.responseCode ?? null,
    processorRawResponse: null,
    invoiceDate: toMoment(context.now),
  }
}
