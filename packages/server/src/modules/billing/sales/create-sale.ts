import { startSale, type SaleWay } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { ChargeRoute, PaymentAttempt } from '@perennial/core/payments'
import type { CustomerSale, CustomerSaleLine } from '@perennial/core/sales'
import {
  accepted,
  asOne,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { acceptedOr } from '../../../platform/http/index.ts'
import { given } from '../../../platform/wire/index.ts'
import {
  createCustomer,
  createOrUpdateCustomer,
  customerErrors,
  lockCustomerShared,
  type CustomerChange,
  type NewCustomer,
} from '../../customers/index.ts'
import {
  examineTokens,
  findMethodRoute,
  keepPaymentMethod,
  listDisabledGateways,
  methodErrors,
  noteTransaction,
  type ExaminedToken,
  type OtherToken,
} from '../../payments/index.ts'
import { checkNamedProfile } from '../../routing/index.ts'
import { findPriceTerms } from '../../catalog/index.ts'
import { lockProfilesShared } from '../../subscription-profiles/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { forbidden, lockGuardedCards } from '../load/guarded-cards.ts'
import { fixedTo, loadRoutingOf } from '../load/load-bill-routing.ts'
import { refusalOf } from '../invoices/plan-payment.ts'
import type { RecordPayment } from '../invoices/record-payment.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { saleErrors } from './errors.ts'
import { toSold } from '../load/load-sold.ts'
import { priceSale, type WantedSale } from './price-sale.ts'
import type { SaleRefusal } from './refusals.ts'
import { routedBy } from '../load/routed-by.ts'

export type CreateSale = WantedSale & {
  /** Who buys: a customer, or a new one; with `ifKnown` whoever has the e-mail address already, changed so. */
  readonly customer:
    | { readonly id: Uuid }
    | { readonly details: NewCustomer; readonly ifKnown: CustomerChange | null }
  /** What is charged: a method, what gateways call one that is to be attached, or null = the customer's default. */
  readonly method: { readonly id: Uuid } | { readonly tokens: readonly WantedToken[] } | null
  /** Once money has come the method is the customer's default. */
  readonly makesDefault: boolean
  /** It was paid without any gateway, as far as it costs anything; null = it is charged. */
  readonly byHand: PaidByHand | null
  readonly paymentProfileId: Uuid | null
  readonly campaign: string | null
  readonly shop: string | null
  readonly billTo: CustomerSale['billTo']
  readonly shipTo: CustomerSale['shipTo']
  readonly metadata: CustomerSale['metadata']
}

export type WantedToken = {
  readonly token: string
  /** Null = the account's first gateway. */
  readonly gatewayCode: string | null
}

type Examined = { readonly first: ExaminedToken; readonly others: readonly OtherToken[] }

export type PaidByHand = Pick<RecordPayment, 'method' | 'reference' | 'notes' | 'paidAt'>

/**
 * Sells. The sale, its invoice and the charge are committed before the gateway is called, together with a customer and a
 * method that are new; the answer is settled before this returns: the sale comes back paid, paid in part, declined, or
 * pending while nobody knows. Throws an `ApiRefusal` where nothing was written.
 */
export async function createSale(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateSale,
): Promise<Uuid> {
  const examined = await examine(deps, context, request.method)
  const begun = await asOne(context, async (one) => {
    const customerId = await customerOf(one, request.customer)
    const paymentMethodId = await methodOf(one, { customerId, method: request.method, examined })
    const buyer = { customerId, paymentMethodId }
    return acceptedOr(await beginSale(deps, one, { ...request, ...buyer }), saleErrors)
  })
  await deps.onStep?.('applied')
  await collect(deps, scopeOf(context), begun.attempts, { atOf: () => context.now })
  return begun.id
}

async function examine(
  deps: BillingDeps,
  context: CommandContext,
  method: CreateSale['method'],
): Promise<Examined | null> {
  if (method === null || 'id' in method) return null
  return acceptedOr(await examineTokens(deps.gateways, context, method.tokens), methodErrors)
}

async function customerOf(
  context: CommandContext,
  customer: CreateSale['customer'],
): Promise<Uuid> {
  if ('id' in customer) return customer.id
  const { details, ifKnown: change } = customer
  const decision =
    change === null
      ? await createCustomer(context, details)
      : await createOrUpdateCustomer(context, { details, change })
  return acceptedOr(decision, customerErrors).id
}

async function methodOf(
  context: CommandContext,
  of: {
    readonly customerId: Uuid
    readonly method: CreateSale['method']
    readonly examined: Examined | null
  },
): Promise<Uuid | null> {
  const { customerId, method, examined } = of
  if (examined === null) return method !== null && 'id' in method ? method.id : null
  const { first, others } = examined
  const described = { isDefault: false, billingDetails: null, metadata: {} }
  const kept = { customerId, examined: first, others, ...described }
  return acceptedOr(await keepPaymentMethod(context, kept), methodErrors).id
}

type BeginSale = Omit<CreateSale, 'customer' | 'method'> & {
  readonly customerId: Uuid
  readonly paymentMethodId: Uuid | null
}

type Begun = { readonly id: Uuid; readonly attempts: readonly PaymentAttempt[] }

async function beginSale(
  deps: BillingDeps,
  context: CommandContext,
  request: BeginSale,
): Promise<Decision<Begun, SaleRefusal>> {
  const scope = scopeOf(context)
  const { accountId, now } = context
  const { customerId, paymentMethodId, paymentProfileId } = request
  const nextId = () => deps.ids.next()
  const paidAt = request.byHand?.paidAt ?? now
  if (paidAt > now) return refused('paid_at_in_future')
  return context.inTx(async (tx) => {
    if ((await lockCustomerShared(tx, { accountId, id: customerId })) === null)
      return refused('customer_not_found', { param: 'customer_id' })
    const named = await checkNamedProfile(tx, accountId, paymentProfileId)
    if (named.kind === 'refused') return named
    const saleId = nextId()
    const priced = await priceSale(tx, context, { ...request, saleId, nextId })
    if (priced.kind === 'refused') return priced
    const method = { customerId, paymentMethodId }
    const route = await findMethodRoute(tx, accountId, method)
    const isShut = route === null && (await listDisabledGateways(tx, accountId, method)).length > 0
    if (paymentMethodId !== null && isShut)
      return refused('gateways_disabled', { param: 'payment_method_id' })
    if (paymentMethodId !== null && route === null)
      return refused('payment_method_not_found', { param: 'payment_method_id' })
    const { lines, ...terms } = priced.value
    const made = { ...terms, saleId, invoiceId: nextId() }
    const sale = { ...newSale(request, made), ...madeAt(now) }
    const sold = toSold(context, { sale, lines }, await loadKnown(tx, accountId, lines))
    const { byHand } = request
    const way: SaleWay =
      byHand === null
        ? await findWay(tx, context, { sale, route })
        : { kind: 'by_hand', payment: { ...byHand, id: nextId(), paidAt } }
    const decision = startSale(sold, way, now, toolsOf(deps))
    if (decision.kind === 'forbidden') return forbidden(decision.denied)
    if (decision.kind === 'unroutable')
      return refused(
        isShut ? 'gateways_disabled' : unroutableAs(decision.code),
        given('message', decision.message ?? undefined),
      )
    const { changes } = decision
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    const notes = byHand?.notes ?? null
    const [payment] = changes.newTransactions
    if (notes !== null && payment !== undefined)
      await noteTransaction(tx, { accountId, id: payment.id, metadata: { notes } })
    await context.remember(tx, 'sale', saleId)
    return accepted({ id: saleId, attempts: changes.newAttempts })
  })
}

function madeAt(now: CustomerSale['createdAt']) {
  return { createdAt: now, updatedAt: now }
}

function newSale(
  request: BeginSale,
  made: Pick<CustomerSale, 'invoiceId' | 'currency' | 'extras'> & { readonly saleId: Uuid },
): Omit<CustomerSale, 'createdAt' | 'updatedAt'> {
  return {
    id: made.saleId,
    version: 1,
    customerId: request.customerId,
    invoiceId: made.invoiceId,
    status: 'pending',
    currency: made.currency,
    campaign: request.campaign,
    shop: request.shop,
    paymentMethodId: request.paymentMethodId,
    makesDefault: request.makesDefault,
    paymentProfileId: request.paymentProfileId,
    extras: made.extras,
    billTo: request.billTo,
    shipTo: request.shipTo,
    metadata: request.metadata,
    begunAt: null,
    voidedAt: null,
  }
}

/** What a sale that is paid at once begins with; it was locked when its lines were priced. */
async function loadKnown(tx: Tx, accountId: Uuid, lines: readonly CustomerSaleLine[]) {
  const selling = lines.filter(({ begins }) => begins !== null)
  const profiles = await lockProfilesShared(
    tx,
    accountId,
    selling.flatMap(({ profileId }) => profileId ?? []),
  )
  const priceIds = selling.flatMap(({ priceId }) => priceId ?? [])
  const priceTerms = await findPriceTerms(tx, accountId, priceIds)
  const isBuyerGone = false
  return { profiles: new Map(profiles.map((one) => [one.id, one])), priceTerms, isBuyerGone }
}

/** Ways to charge a sale that is being made: its payment profile's, or the account's. */
async function findWay(
  tx: Tx,
  context: CommandContext,
  { sale, route }: { readonly sale: CustomerSale; readonly route: ChargeRoute | null },
): Promise<SaleWay> {
  const { now: at, accountId } = context
  const { id: key, customerId, paymentMethodId } = sale
  const subject = { key, subscriptionId: null, customerId, paymentMethodId, ...routedBy(key, sale) }
  const subjects = route === null ? [] : [subject]
  const routings = await loadRoutingOf(tx, context, { subjects, at })
  const routes = route === null ? [] : [route]
  const cards = await lockGuardedCards(tx, accountId, { routes, at, isCustomerPresent: true })
  // The route goes on with this card, and with no other, whatever the customer's default is.
  const routing = route === null ? undefined : fixedTo(route.paymentMethodId, routings.get(key))
  return { kind: 'charge', routes, cards, ...given('routing', routing) }
}

function unroutableAs(code: string) {
  return code === 'no_payment_method' ? 'payment_method_missing' : refusalOf(code)
}
