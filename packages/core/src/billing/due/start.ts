import { assertNever } from '../../fault/index.ts'
import {
  decideMove,
  isEnded,
  startSubscription,
  touched,
  type StartRefusal,
  type StartRequest,
  type Subscription,
} from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet, type SubscriptionMethod } from '../state/change-set.ts'
import { begunFacts, subscriptionFact } from '../state/facts.ts'
import type { DeniedCharge } from '../charges/guard-charge.ts'
import { issueBill, type BillResult } from '../bills/issue-bill.ts'
import { completeIfSpent } from '../recycling/complete.ts'
import { withoutEmptyBill } from '../recycling/first-bill.ts'
import { priceNextCycle } from '../recycling/price-next-cycle.ts'
import { viewOf, type BillingTools, type SubscriptionState } from '../state/state.ts'

export type StartedSubscription =
  | { readonly kind: 'refused'; readonly code: StartRefusal }
  | { readonly kind: 'forbidden'; readonly denied: DeniedCharge }
  | { readonly kind: 'accepted'; readonly subscription: Subscription; readonly changes: ChangeSet }

/**
 * A new subscription with its first bill, if one is due now. It becomes active at once where there is
 * nothing to wait for (nothing owed, or an invoice that is sent); otherwise it stays pending until the
 * first charge is settled. One that ends with its first period is told as canceled already (revkeen.md 2.6).
 */
export function startBilling(
  request: StartRequest,
  given: Omit<SubscriptionState, 'subscription' | 'openCases' | 'unpaidStart'> & {
    readonly methods: readonly SubscriptionMethod[]
  },
  now: Instant,
  tools: BillingTools,
): StartedSubscription {
  const decision = startSubscription(request, now)
  if (decision.kind === 'refused') return decision

  const changes = emptyChangeSet()
  const state: SubscriptionState = {
    ...given,
    subscription: decision.subscription,
    openCases: [],
    unpaidStart: null,
  }
  const { subscription: begun, firstBill } = withoutEmptyBill(state, decision, now)
  const bill =
    firstBill.kind === 'cycle'
      ? issueBill(
          state,
          {
            kind: 'initial',
            reason: 'subscription_create',
            share: firstBill.share,
            isCustomerPresent: true,
          },
          { at: now, tools, changes },
        )
      : null
  if (bill?.denied !== undefined) return { kind: 'forbidden', denied: bill.denied }
  const billed = completeIfSpent(state, withBill(begun, bill, now), now)
  const subscription: Subscription = { ...priceNextCycle(state, billed), version: 1 }

  const view = viewOf(state, subscription)
  changes.newSubscriptions.push(subscription)
  changes.newItems.push(...given.items)
  changes.newMethods.push(...given.methods)
  changes.facts.unshift(subscriptionFact('created', view, now))
  changes.facts.push(...begunFacts(view, now))
  if (subscription.cancelAtPeriodEnd && !isEnded(subscription.status))
    changes.facts.push(subscriptionFact('canceled', view, now))
  return { kind: 'accepted', subscription, changes }
}

/** The subscription after its first bill was issued: counted, and active where nothing has to be waited for. */
export function withBill(
  subscription: Subscription,
  bill: {
    readonly result: BillResult
    readonly invoice: { readonly id: Subscription['id'] }
  } | null,
  at: Instant,
): Subscription {
  if (bill === null) return subscription
  const counted = {
    ...subscription,
    cyclesBilled: subscription.cyclesBilled + 1,
    latestInvoiceId: bill.invoice.id,
  }
  switch (bill.result) {
    case 'settled':
    case 'sent':
    // As with a slow charge that was accepted: the customer has done their part.
    case 'announced': {
      const move = decideMove(counted.status, 'activate')
      return touched(move.kind === 'moved' ? { ...counted, status: move.to } : counted, at)
    }
    case 'charging':
    case 'no_payment_method':
    case 'set_aside':
      return touched(counted, at)
    default:
      return assertNever(bill.result)
  }
}
