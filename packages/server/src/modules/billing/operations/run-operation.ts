import {
  previewRenewal,
  type BillExtras,
  type PreviewedRenewal,
  type SubscriptionState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { given as setIf } from '../../../platform/wire/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { loadExtras } from '../extras/load-extras.ts'
import { afterUse } from '../extras/plan-extras.ts'
import { collect } from '../collect/collect.ts'
import { loadStates } from '../load/load-states.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import type {
  DecidedOperation,
  OperationRefusal,
  PlanOperation,
  Standing,
  WarningCode,
} from './operation.ts'

export type OperationResult = {
  readonly before: SubscriptionState
  readonly after: Standing
  readonly successor: Standing | null
  /** What is billed now. */
  readonly bill: { readonly invoice: Invoice; readonly attempt: PaymentAttempt | null } | null
  /** What the next renewal will ask for; null when none will come. */
  readonly next: PreviewedRenewal | null
  readonly warnings: readonly WarningCode[]
}

/**
 * One operation on one subscription: planned, decided on the locked subscription and, unless it is a preview, written and
 * charged. A preview takes the very same decision.
 */
export async function runOperation(
  deps: BillingDeps,
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly isPreview: boolean
    /** What tells of it to whoever repeats the request after a crash. */
    readonly toNote: (result: OperationResult) => object
  },
  plan: PlanOperation,
): Promise<Decision<OperationResult, OperationRefusal>> {
  const scope = scopeOf(context)
  const { accountId, now } = context
  const { id, isPreview } = request
  const done = await context.inTx(
    async (
      tx,
    ): Promise<
      Decision<
        { readonly result: OperationResult; readonly attempts: readonly PaymentAttempt[] },
        OperationRefusal
      >
    > => {
      const planned = await plan(tx)
      if (planned.kind === 'refused') return planned
      const locked = await lockSubscriptions(tx, accountId, [id])
      const [state] = await loadStates(tx, scope, locked, {
        withRoutes: true,
        bills: true,
        at: now,
      })
      if (state === undefined) return refused('subscription_not_found')
      const decided = planned.value.decide(state)
      if (decided.kind === 'refused') return decided
      const { changes } = decided.value
      const extras = await extrasAfter(tx, context, { state, decided: decided.value })
      const result = resultOf(deps, context, { state, decided: decided.value, extras })
      if (isPreview) return accepted({ result, attempts: [] })
      const given = { changes, leaseUntil: leaseEnd(deps), nextId: () => deps.ids.next() }
      await applyChanges(tx, scope, given)
      await planned.value.write?.(tx)
      await context.remember(tx, 'subscription', id, request.toNote(result))
      return accepted({ result, attempts: changes.newAttempts })
    },
  )
  if (done.kind === 'refused') return done
  const { result, attempts } = done.value
  if (attempts.length > 0) {
    await deps.onStep?.('applied')
    await collect(deps, scope, attempts, { atOf: () => now })
  }
  return accepted(result)
}

/** What the bills that follow carry: what it carries now, unless the operation changes that. */
async function extrasAfter(
  tx: Tx,
  { accountId, now: at }: CommandContext,
  given: { readonly state: SubscriptionState; readonly decided: DecidedOperation },
): Promise<BillExtras | undefined> {
  const { state, decided } = given
  const { successor, after, changes } = decided
  const before = state.subscription
  const { subscription, items } = successor ?? after
  const isSame =
    successor === null &&
    subscription.extras === before.extras &&
    subscription.profile === before.profile
  if (isSame) return afterUse(state.extras, changes.newRedemptions)
  const subject = { subscription, items, usesOfId: before.id }
  const extras = await loadExtras(tx, accountId, { subjects: [subject], at })
  return extras.get(subscription.id)
}

function resultOf(
  deps: BillingDeps,
  { now }: CommandContext,
  given: {
    readonly state: SubscriptionState
    readonly decided: DecidedOperation
    readonly extras: BillExtras | undefined
  },
): OperationResult {
  const { state: before, decided, extras } = given
  const { extras: _, ...state } = before
  const { changes, successor, after } = decided
  const goesOn = { ...state, ...(successor ?? after), ...setIf('extras', extras) }
  const [invoice] = changes.newInvoices
  const [attempt] = changes.newAttempts
  assert(changes.newInvoices.length <= 1, 'an operation bills once at most')
  return {
    before,
    after,
    successor,
    bill: invoice === undefined ? null : { invoice, attempt: attempt ?? null },
    next: previewRenewal(goesOn, now, toolsOf(deps)),
    warnings: decided.warnings,
  }
}
