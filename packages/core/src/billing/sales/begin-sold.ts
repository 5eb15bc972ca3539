import type { PriceTerms } from '../../catalog/index.ts'
import { assert } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Invoice } from '../../invoices/index.ts'
import { ratio, type Currency } from '../../money/index.ts'
import type { CustomerSaleLine, SoldTerms } from '../../sales/index.ts'
import {
  cancelSubscription,
  cycleAmount,
  startSubscription,
  type StartRequest,
  type Subscription,
  type SubscriptionItem,
} from '../../subscriptions/index.ts'
import { addCalendarDays, type Instant } from '../../time/index.ts'
import { subscriptionFact } from '../state/facts.ts'
import { withBill } from '../due/start.ts'
import type { Work } from '../state/state.ts'
import type { SoldState } from '../state/sold-state.ts'

type SellingLine = CustomerSaleLine & { readonly begins: SoldTerms }

/**
 * The subscriptions of a sale whose money is there: those without a trial have paid for their first cycle with the
 * sale, the others are in their trials (spec/revcent.md 4). Returns them.
 */
export function beginSold(
  sold: SoldState,
  invoice: Pick<Invoice, 'id'>,
  work: Work,
): readonly Subscription[] {
  const selling = sold.lines.filter(
    (line): line is SellingLine => line.begins !== null && line.subscriptionId === null,
  )
  return selling.map((line) => beginLine(sold, line, invoice, work))
}

function beginLine(
  sold: SoldState,
  line: SellingLine,
  invoice: Pick<Invoice, 'id'>,
  { at, tools, changes }: Work,
): Subscription {
  const { sale } = sold
  const id = tools.nextId()
  const items = itemsOf(sold, line, { subscriptionId: id, at, nextId: tools.nextId })
  const decision = startSubscription(requestOf(sold, line, { id, items, at }), at)
  assert(decision.kind === 'accepted', 'what begins now with its sale can begin')
  const isPaid = decision.firstBill.kind === 'cycle'
  const paid = isPaid ? ({ result: 'settled', invoice } as const) : null
  const begun: Subscription = { ...withBill(decision.subscription, paid, at), version: 1 }
  const subscription = sold.isBuyerGone ? endedAtOnce(begun, at) : begun
  const view = { subscription, items, recovery: null }
  changes.newSubscriptions.push(subscription)
  changes.newItems.push(...items)
  const { paymentMethodId, makesDefault } = sale
  if (paymentMethodId !== null && !makesDefault) {
    changes.newMethods.push({ subscriptionId: id, priority: 0, paymentMethodId })
  }
  const used = line.begins.usedDiscountIds.map((discountId) => ({ subscriptionId: id, discountId }))
  changes.usedDiscounts.push(...used)
  changes.begunLines.push({ saleId: sale.id, position: line.position, subscriptionId: id })
  changes.facts.push(subscriptionFact('created', view, at))
  if (sold.isBuyerGone) changes.facts.push(subscriptionFact('canceled', view, at))
  else if (isPaid) changes.facts.push(subscriptionFact('activated', view, at))
  return subscription
}

function requestOf(
  sold: SoldState,
  line: SellingLine,
  given: Pick<StartRequest, 'id'> & {
    readonly items: readonly SubscriptionItem[]
    readonly at: Instant
  },
): StartRequest {
  const { id, items, at } = given
  const { sale } = sold
  const { begins } = line
  const profile = line.profileId === null ? undefined : sold.profiles.get(line.profileId)
  return {
    ...SOLD,
    id,
    collectionMethod: sold.collectionMethod ?? 'charge_automatically',
    customerId: sale.customerId,
    productId: line.productId,
    priceId: line.priceId,
    currency: sale.currency,
    quantity: line.quantity,
    amountMinor: cycleAmount(items),
    daysUntilDue: sold.daysUntilDue,
    zone: sold.zone,
    frequency: profile?.frequency ?? begins.frequency,
    startAt: at,
    trialEnd: begins.trialDays > 0 ? addCalendarDays(at, begins.trialDays, sold.zone) : null,
    cyclesMax: profile === undefined ? begins.cyclesMax : null,
    metadata: sale.metadata,
    campaign: sale.campaign,
    shipTo: sale.shipTo,
    extras: begins.extras,
    ...(profile === undefined ? {} : { profile }),
  }
}

/** As it would have ended with its customer. */
function endedAtOnce(subscription: Subscription, at: Instant): Subscription {
  const request = { mode: 'immediately', reason: 'customer_deleted' } as const
  const ended = cancelSubscription(subscription, request, at)
  assert(ended.kind === 'accepted', 'what has just begun can be canceled')
  return ended.subscription
}

/** It counts from the sale, and is billed like any other. */
const SOLD = {
  businessId: null,
  billingDay: { kind: 'same_day' },
  firstCharge: 'immediate',
  endsAt: null,
  cancelAtPeriodEnd: false,
  pauseAtPeriodEnd: false,
  prorationMode: 'immediate',
} as const

/**
 * What a line is billed by. Where the end of the trial costs something else, or bears shipping, that is an item of the
 * first cycle alone, and the renewals' begins with the second.
 */
function itemsOf(
  sold: SoldState,
  line: SellingLine,
  given: {
    readonly subscriptionId: Uuid
    readonly at: SubscriptionItem['createdAt']
    readonly nextId: () => Uuid
  },
): readonly SubscriptionItem[] {
  const { begins } = line
  const { currency } = sold.sale
  const base: SubscriptionItem = {
    id: given.nextId(),
    subscriptionId: given.subscriptionId,
    position: 0,
    component: 'standard',
    terms: termsOf(sold, line),
    priceId: begins.renewalUnitMinor === null ? line.priceId : null,
    productId: line.productId,
    description: line.description,
    quantity: line.quantity,
    unitAmountMinor: begins.renewalUnitMinor,
    ownAmountMinor: null,
    cycleFirst: 0,
    cycleCount: null,
    fulfillmentType: begins.fulfillmentType,
    metadata: {},
    createdAt: given.at,
    updatedAt: given.at,
  }
  const once = (unitMinor: bigint, position: number): SubscriptionItem => ({
    ...base,
    id: given.nextId(),
    position,
    terms: perUnit(currency, unitMinor),
    priceId: null,
    unitAmountMinor: unitMinor,
    cycleCount: 1,
  })
  const { trialDays, trialUnitMinor, shippingAtTrialEndMinor, trialShipping } = begins
  if (trialDays === 0) return [base]
  const isShippedBefore = begins.fulfillmentType === 'physical' && trialShipping === 'at_sale'
  const shipping =
    shippingAtTrialEndMinor > 0n ? [{ ...once(shippingAtTrialEndMinor, 2), ...SHIPPING }] : []
  if (trialUnitMinor === null && !isShippedBefore) return [base, ...shipping]
  // Also where renewals cost the same now: an edit changes those alone (revcent.md 9.1).
  const atTrialEnd: SubscriptionItem =
    trialUnitMinor === null
      ? { ...base, id: given.nextId(), position: 1, cycleCount: 1 }
      : once(trialUnitMinor, 1)
  const fulfillmentType = isShippedBefore ? 'none' : begins.fulfillmentType
  return [{ ...base, cycleFirst: 1 }, { ...atTrialEnd, fulfillmentType }, ...shipping]
}

/** Told from goods by having no product (`extras/sold-shipping.ts`). */
const SHIPPING = {
  quantity: 1n,
  productId: null,
  description: 'Shipping',
  fulfillmentType: 'physical',
} as const

function termsOf(sold: SoldState, line: SellingLine): PriceTerms {
  const { renewalUnitMinor } = line.begins
  if (renewalUnitMinor !== null) return perUnit(sold.sale.currency, renewalUnitMinor)
  const terms = line.priceId === null ? undefined : sold.priceTerms.get(line.priceId)
  assert(terms !== undefined, 'a line renews at an amount of its own or at a price')
  return terms
}

function perUnit(currency: Currency, unitMinor: bigint): PriceTerms {
  const scheme = { kind: 'per_unit', unitAmount: ratio(unitMinor, 1n) } as const
  return { currency, scheme, freeUnits: 0n, minimumMinor: null, maximumMinor: null }
}
