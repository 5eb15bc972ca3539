import { assert } from '../../fault/index.ts'
import { saleOf, settleAttempt, type Decline, type GatewayOutcome } from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { paymentFact } from '../state/facts.ts'
import type { SettlementState } from '../state/billed-state.ts'
import type { BillingTools } from '../state/state.ts'

const OWED_NO_MORE: Decline = {
  code: 'canceled',
  isoCode: null,
  adviceCode: null,
  message: 'The gateway took this for a bill of which so much is owed no more.',
}

/**
 * Money came for a bill that cannot take it any more. In the books the charge was refused, as one that goes through late is
 * until it is accepted; the bill and whatever it is of stay as they are, and a person has to look.
 */
export function refuseUnpayable(
  { attempt, route }: Pick<SettlementState, 'attempt' | 'route'>,
  { gatewayReference }: GatewayOutcome,
  at: Instant,
  tools: BillingTools,
): ChangeSet {
  const changes = emptyChangeSet()
  const refusal = { kind: 'declined', gatewayReference, decline: OWED_NO_MORE } as const
  const refused = settleAttempt(attempt, refusal, at)
  assert(refused.kind === 'settled', 'a charge that has just gone through was under way')
  const sale = saleOf(refused.attempt, { id: tools.nextId(), route }, at)
  changes.changedAttempts.push(refused.attempt)
  changes.newTransactions.push(sale)
  changes.facts.push(paymentFact(sale, at))
  return changes
}
