import type { Uuid } from '../../ids/index.ts'
import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import type { ChargeRoute } from '../../payments/index.ts'
import type { BillRouting } from '../../routing/index.ts'
import type { RecoveryCase, RecoveryPolicy } from '../../recovery/index.ts'
import type { Subscription, SubscriptionItem } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import type { ChangeSet } from './change-set.ts'
import type { BillExtras } from './bill-extras.ts'
import type { RecyclingTerms } from './recycling-terms.ts'
import type { GuardedCards } from './guarded-cards.ts'

/** Ids and public tokens, handed in. */
export type BillingTools = { readonly nextId: () => Uuid; readonly nextToken: () => string }

/** The open first bill of a subscription that has not begun. `chargedAt`: when the charge for it that is in flight was made, if one is. */
export type UnpaidStart = {
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
  readonly renewalId: Uuid | null
  readonly chargedAt: Instant | null
}

/**
 * Everything a decision about one subscription needs. `routes`: ways to charge it, best first.
 * `unpaidStart`: null once its first payment has come.
 */
export type SubscriptionState = {
  readonly subscription: Subscription
  readonly items: readonly SubscriptionItem[]
  readonly routes: readonly ChargeRoute[]
  /** Where there are no `routes`: disabled gateways that have a token of what would be charged. */
  readonly disabledGatewayIds?: readonly Uuid[]
  readonly openCases: readonly RecoveryCase[]
  readonly unpaidStart: UnpaidStart | null
  readonly policy: RecoveryPolicy
  /** All that the customer holds as credit in this currency, for the next bill to use; nothing when absent. */
  readonly creditMinor?: bigint
  /** Absent: the first of `routes` is charged, once. */
  readonly routing?: BillRouting
  /** What the networks have to say of the cards in `routes` and `routing`. */
  readonly cards?: GuardedCards | undefined
  /** Absent: a bill that cannot be collected is recovered as the account's policy says. */
  readonly recycling?: RecyclingTerms
  /** What its bills carry besides its items; nothing when absent. */
  readonly extras?: BillExtras
  /** Bills of its renewals that are overdue now; asked for only where a profile counts them. */
  readonly overdueInvoiceIds?: readonly Uuid[]
  /** Whether a renewal is neither paid nor overdue; asked for only where a paused one has none left to make. */
  readonly isLastUnderWay?: boolean
}

/** A decision at work: when it is taken, what it draws ids from, and what it has come to so far. */
export type Work = {
  readonly at: Instant
  readonly tools: BillingTools
  readonly changes: ChangeSet
}

/** The view of a subscription that its events carry. */
export function viewOf(
  state: SubscriptionState,
  subscription: Subscription,
  recovery: RecoveryCase | null = null,
) {
  return { subscription, items: state.items, recovery }
}
