import { decideAnswered } from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import { isClosed, needsResponse, type Dispute } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import type { DisputeAnswer, DisputeStatus, GatewayPort } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  findDispute,
  listEvidence,
  markEvidenceSubmitted,
  toEvidenceRequest,
  type Evidence,
} from '../../disputes/index.ts'
import { findSaleOf } from '../../payments/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { loadDisputeState } from './load-dispute-state.ts'

export type AnswerRefusal =
  | 'dispute_not_found'
  | 'dispute_closed'
  | 'dispute_answered'
  | 'deadline_passed'
  | 'evidence_missing'
  | 'gateway_takes_no_evidence'
  | 'gateway_refused'
  | 'gateway_unreachable'

type Asked = { readonly disputeId: Uuid; readonly answer: 'submit' | 'accept' }

/**
 * Hands the kept evidence in, or gives the dispute up. The gateway is asked outside any transaction, with one key an
 * answer, so that a repetition after silence counts once. Refusals in the order of the union.
 */
export async function answerDispute(
  deps: BillingDeps,
  context: CommandContext,
  asked: Asked,
): Promise<Decision<Uuid, AnswerRefusal>> {
  const { accountId } = context
  const dispute = await context.inTx((tx) => findDispute(tx, accountId, asked.disputeId))
  const problem = problemOf(dispute, context.now)
  if (problem !== null || dispute === null) return refused(problem ?? 'dispute_not_found')
  const { port } = await deps.gateways.portOf(accountId, dispute.gatewayId)
  const evidence =
    asked.answer === 'submit'
      ? await context.inTx((tx) => listEvidence(tx, accountId, dispute.id))
      : []
  const told = await tell(context, { port, dispute, evidence }, asked.answer)
  if (told === null) return refused('gateway_takes_no_evidence')
  if (told === 'nothing') return refused('evidence_missing')
  switch (told.kind) {
    case 'accepted':
      await record(deps, context, { dispute, evidence, status: told.status })
      return accepted(dispute.id)
    case 'refused':
      return refused('gateway_refused', told.message === null ? {} : { message: told.message })
    case 'unknown':
      return refused('gateway_unreachable')
    default:
      return assertNever(told)
  }
}

function problemOf(dispute: Dispute | null, now: CommandContext['now']): AnswerRefusal | null {
  if (dispute === null) return 'dispute_not_found'
  if (isClosed(dispute)) return 'dispute_closed'
  if (!needsResponse(dispute) || dispute.evidenceSubmittedAt !== null) return 'dispute_answered'
  return dispute.nextDueAt !== null && dispute.nextDueAt <= now ? 'deadline_passed' : null
}

/** Null when the gateway takes no such answer; `nothing` when there is nothing to hand in. */
async function tell(
  context: CommandContext,
  to: {
    readonly port: GatewayPort
    readonly dispute: Dispute
    readonly evidence: readonly Evidence[]
  },
  answer: Asked['answer'],
): Promise<DisputeAnswer | 'nothing' | null> {
  const { accountId, now } = context
  const { port, dispute, evidence } = to
  const { gatewayReference: disputeReference, chargeReference } = dispute
  const base = { accountId, disputeReference, chargeReference, at: now }
  if (answer === 'accept')
    return (await port.acceptDispute?.({ ...base, idempotencyKey: dispute.id })) ?? null
  if (port.submitEvidence === undefined) return null
  // The newest piece names the answer: with more evidence it is another one.
  const newest = evidence.at(-1)
  if (newest === undefined) return 'nothing'
  const given = toEvidenceRequest(evidence)
  return port.submitEvidence({ ...base, ...given, facts: dispute.facts, idempotencyKey: newest.id })
}

async function record(
  deps: BillingDeps,
  context: CommandContext,
  answered: {
    readonly dispute: Dispute
    readonly evidence: readonly Evidence[]
    readonly status: DisputeStatus
  },
): Promise<void> {
  const { id, gatewayId, gatewayReference, chargeReference } = answered.dispute
  const { accountId, now } = context
  const scope = scopeOf(context)
  await context.inTx(async (tx: Tx) => {
    const charge = { accountId, gatewayId, reference: chargeReference }
    const sale = await findSaleOf(tx, charge)
    if (sale === null) return
    const state = await loadDisputeState(tx, scope, {
      sale,
      gatewayId,
      reference: gatewayReference,
    })
    const { dispute } = state
    if (dispute === null) return
    const changes = decideAnswered({ ...state, dispute }, answered.status, now, toolsOf(deps))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    const handedIn = answered.evidence.map((piece) => piece.id)
    await markEvidenceSubmitted(tx, { accountId, disputeId: id, at: now }, handedIn)
    await context.remember(tx, 'dispute', id)
  })
}
