import { emptyChangeSet } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  captureIntent as decideCapture,
  planCapture,
  type PaymentAttempt,
} from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  findAuthorization,
  findIntentAttempt,
  isIntentTaken,
  lockIntents,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collectIntents } from './charge-intent.ts'
import { refuseIntent } from './refuse-intent.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

export type CaptureIntent = {
  readonly id: Uuid
  /** Null = all that is authorised. */
  readonly amountMinor: bigint | null
}

export type CaptureRefusal =
  | 'intent_not_found'
  | 'intent_being_charged'
  | 'authorization_expired'
  | 'intent_state_invalid'
  | 'amount_above_capturable'

/** Takes what an intent has authorised, once; what is left is released. Recorded before the gateway is called. */
export async function captureIntent(
  deps: BillingDeps,
  context: CommandContext,
  request: CaptureIntent,
): Promise<Decision<Uuid, CaptureRefusal>> {
  const scope = scopeOf(context)
  const begun = await context.inTx(async (tx) => {
    const planned = await planCaptureOf(deps, context, { tx, request })
    if (planned.kind === 'refused') return planned
    const changes = emptyChangeSet()
    changes.newAttempts.push(planned.value)
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'payment_intent', request.id)
    return planned
  })
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  await collectIntents(deps, scope, [begun.value], { atOf: () => context.now })
  return accepted(request.id)
}

/** The capture, not yet written. Locks the intent. */
export async function planCaptureOf(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly tx: Tx; readonly request: CaptureIntent },
): Promise<Decision<PaymentAttempt, CaptureRefusal>> {
  const { tx, request } = given
  const { accountId, now } = context
  const [intent] = await lockIntents(tx, accountId, [request.id])
  if (intent === undefined) return refused('intent_not_found')
  const latest = await findIntentAttempt(tx, accountId, request.id)
  // Pending: a capture that the gateway has received and not told the outcome of.
  if (latest !== null && ['sending', 'unknown', 'pending'].includes(latest.state))
    return refused('intent_being_charged')
  if (await isIntentTaken(tx, accountId, request.id)) return refused('intent_being_charged')
  const decision = decideCapture(intent, request.amountMinor)
  if (decision.kind === 'refused')
    return decision.code === 'intent_state_invalid'
      ? refuseIntent(intent, 'captured')
      : refused(decision.code)
  const authorized = await findAuthorization(tx, accountId, request.id)
  assert(authorized !== null && latest !== null, 'what can be captured was authorised')
  const attemptNumber = latest.attemptNumber + 1
  const { amountMinor } = decision
  return accepted(planCapture(authorized, { id: deps.ids.next(), attemptNumber, amountMinor }, now))
}
