import { factsOf, routedBillOf } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import {
  compileProfile,
  continueRoute,
  listNamedProducts,
  startRoute,
  toRouteOutcome,
  validateProfile,
  type ChargeFacts,
  type PaymentProfile,
  type ProfileDefinition,
  type RouteOutcome,
  type RouteStep,
  type BillRouting,
} from '@perennial/core/routing'
import type { Instant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { readKept } from '../../../platform/kept/index.ts'
import { findCustomer } from '../../customers/index.ts'
import { listGuardedCards } from '../../payments/index.ts'
import { findSubscription, listItems } from '../../subscriptions/index.ts'
import { listKnownSources } from '../queries/resources.ts'
import { definitionOf, paymentProfiles, refuseDefinition } from '../resources/payment-profiles.ts'
import { loadRouting } from './load-routing.ts'

/** A charge as a caller describes it; what is absent is taken from the subscription or customer, or left open. */
export type DescribedCharge = {
  readonly requestType: ChargeFacts['requestType']
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid | null
  readonly method: { readonly brand: string | null; readonly bin: string | null } | null
  readonly attemptsMade: number
  readonly facts: Partial<
    Pick<
      ChargeFacts,
      | 'productIds'
      | 'customerGroups'
      | 'campaign'
      | 'metadata'
      | 'forcedGatewayId'
      | 'preferredGatewayId'
      | 'lastSuccessGatewayId'
    >
  >
  /** Of each charge in turn; every further one is declined without a reason. */
  readonly outcomes: readonly { readonly kind: 'approved' | 'declined'; readonly code: string }[]
}

/** A saved profile, one that is not saved yet, or what the account would use (null). */
export type TriedProfile = { readonly id: Uuid } | { readonly definition: ProfileDefinition }

/** Which way a charge would go and why, through every step until the route ends. Nothing is charged or kept. */
export async function simulateRoute(
  context: CommandContext,
  tried: TriedProfile,
  charge: DescribedCharge,
): Promise<readonly RouteStep[]> {
  const profile = await profileOf(context, tried)
  return context.inTx(async (tx) => {
    if ('definition' in tried) {
      const named = listNamedProducts(tried.definition)
      const known = await listKnownSources(tx, context.accountId, named)
      const problems = validateProfile(tried.definition, known)
      if (problems.length > 0) throw refuseDefinition(problems)
    }
    const { routing, facts } = await describe(tx, context, { profile, charge })
    const steps = [startRoute(routing, facts)]
    for (let last = steps.at(-1); last?.kind === 'charge'; last = steps.at(-1)) {
      const outcome = outcomeOf(charge, steps.length - 1, context.now)
      // What was approved is owed no more.
      const restMinor =
        outcome.kind === 'approved' ? facts.amountMinor - last.amountMinor : facts.amountMinor
      const left = { ...facts, amountMinor: restMinor }
      steps.push(continueRoute(routing, left, { state: last.state, outcome }))
    }
    return steps
  })
}

async function profileOf(context: CommandContext, tried: TriedProfile): Promise<PaymentProfile> {
  if ('definition' in tried) {
    return compileProfile({ id: context.ids.next(), version: 0, definition: tried.definition })
  }
  const row = await readKept(context, paymentProfiles, tried.id)
  if (row === null) throw ApiRefusal.notFound('payment profile')
  return compileProfile({ id: row.id, version: row.version, definition: definitionOf(row) })
}

function outcomeOf(charge: DescribedCharge, index: number, at: Instant): RouteOutcome {
  const outcome = charge.outcomes[index]
  if (outcome?.kind === 'approved') return { kind: 'approved' }
  const code = outcome?.code ?? 'generic_decline'
  return toRouteOutcome({ code, isoCode: null, adviceCode: null, message: null }, at)
}

async function describe(
  tx: Tx,
  context: CommandContext,
  given: { readonly profile: PaymentProfile; readonly charge: DescribedCharge },
): Promise<{ readonly routing: BillRouting['routing']; readonly facts: ChargeFacts }> {
  const { accountId, now: at } = context
  const { charge, profile } = given
  const { subscriptionId } = charge
  const subscription =
    subscriptionId === null ? null : await findSubscription(tx, accountId, subscriptionId)
  if (subscriptionId !== null && subscription === null)
    throw ApiRefusal.notFound('subscription', 'charge.subscription_id')
  const customerId = subscription?.customerId ?? charge.customerId
  const isNamed = subscription === null && customerId !== null
  if (isNamed && (await findCustomer(tx, { accountId, id: customerId })) === null)
    throw ApiRefusal.notFound('customer', 'charge.customer_id')
  const key = subscriptionId ?? context.ids.next()
  const subject = {
    key,
    subscriptionId,
    customerId: customerId ?? context.ids.next(),
    paymentMethodId: null,
  }
  const question = { accountId, at, defaultProfileId: null, draw: Math.random, tried: profile }
  const loaded = (await loadRouting(tx, question, [subject])).get(key)
  if (loaded === undefined) throw ApiRefusal.notFound('payment profile')
  const items = subscriptionId === null ? [] : await listItems(tx, accountId, [subscriptionId])
  const methods = methodsOf(loaded, { charge, customerId, describedId: context.ids.next() })
  const { requestType, amountMinor: owedMinor, currency, attemptsMade } = charge
  const paymentMethodIds = loaded.known.methods.map((method) => method.paymentMethodId)
  const cards = await listGuardedCards(tx, accountId, { paymentMethodIds, at })
  const bill = { owedMinor, currency, attemptsMade, at, renewalKind: null }
  const own = subscription === null ? null : routedBillOf({ subscription, items, cards }, bill)
  const asked = { ...bill, cards, metadata: {}, productIds: [], ...own, requestType }
  return {
    routing: loaded.routing,
    facts: { ...factsOf(loaded, asked), ...charge.facts, methods },
  }
}

/** The customer's own methods; a described one, or that of nobody, has a token everywhere. */
function methodsOf(
  { routing, known }: BillRouting,
  given: {
    readonly charge: DescribedCharge
    readonly customerId: Uuid | null
    readonly describedId: Uuid
  },
): ChargeFacts['methods'] {
  const { method } = given.charge
  if (method === null && given.customerId !== null) {
    if (known.methods.length > 0) return known.methods
    throw ApiRefusal.invalid(
      'charge.customer_id',
      'This customer has no payment method. Add one, or describe it in payment_method.',
    )
  }
  const gatewayIds = [...routing.config.gateways.keys()]
  const paymentMethodId = given.describedId
  return [{ brand: null, bin: null, ...method, paymentMethodId, gatewayIds }]
}
