import { decideAnswered } from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import { isClosed, needsResponse, type Dispute } from '@perennial/core/disputes'
import { uuidOfHex, type Uuid } from '@perennial/core/ids'
import type { DisputeAnswer, DisputeStatus, GatewayPort } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { sha256Hex } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  findDispute,
  insertEvidence,
  listEvidence,
  listEvidenceNotes,
  markEvidenceSubmitted,
  outlineEvidence,
  toEvidenceRequest,
  type Evidence,
} from '../../disputes/index.ts'
import { findSaleOf } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { loadDisputeState } from './load-dispute-states.ts'
import { explainUnsuited, pickAnswer } from './suit-evidence.ts'

export type AnswerRefusal =
  | 'dispute_not_found'
  | 'dispute_closed'
  | 'dispute_answered'
  | 'deadline_passed'
  | 'gateway_takes_no_evidence'
  | 'evidence_missing'
  | 'evidence_not_taken'
  | 'gateway_refused'
  | 'gateway_unreachable'

type Asked = { readonly disputeId: Uuid; readonly answer: 'submit' | 'accept' }

/**
 * Hands the kept evidence in, or gives the dispute up. The gateway is asked outside any transaction, with one key an
 * answer, so that a repetition after silence counts once; with nothing that its limits leave out, so that what is marked
 * as handed in was. Refusals in the order of the union.
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
  const chosen =
    asked.answer === 'submit' ? await chooseEvidence(context, port, dispute) : accepted([])
  if (chosen.kind === 'refused') return chosen
  const evidence = chosen.value
  const told = await tell(context, { port, dispute, evidence }, asked.answer)
  if (told === null) return refused('gateway_takes_no_evidence')
  switch (told.kind) {
    case 'accepted':
      await record(deps, context, { dispute, evidence, answer: asked.answer, status: told.status })
      return accepted(dispute.id)
    case 'refused':
      return refused('gateway_refused', told.message === null ? {} : { message: told.message })
    case 'unknown':
      return refused('gateway_unreachable')
    default:
      return assertNever(told)
  }
}

const WAY_OUT =
  'What does not suit it is taken out by DELETE /v2/disputes/{id}/evidence/{evidence_id}.'

/** The pieces that the gateway takes as the answer. */
async function chooseEvidence(
  context: CommandContext,
  { evidenceLimits }: GatewayPort,
  { id }: Dispute,
): Promise<
  Decision<
    readonly Evidence[],
    'gateway_takes_no_evidence' | 'evidence_missing' | 'evidence_not_taken'
  >
> {
  if (evidenceLimits === undefined) return refused('gateway_takes_no_evidence')
  const evidence = pickAnswer(await context.inTx((tx) => listEvidence(tx, context.accountId, id)))
  if (evidence.length === 0) return refused('evidence_missing')
  const unsuited = explainUnsuited(evidenceLimits, outlineEvidence(evidence))
  if (unsuited === null) return accepted(evidence)
  return refused('evidence_not_taken', { ...unsuited, message: `${unsuited.message} ${WAY_OUT}` })
}

function problemOf(dispute: Dispute | null, now: CommandContext['now']): AnswerRefusal | null {
  if (dispute === null) return 'dispute_not_found'
  if (isClosed(dispute)) return 'dispute_closed'
  if (!needsResponse(dispute)) return 'dispute_answered'
  return dispute.nextDueAt !== null && dispute.nextDueAt <= now ? 'deadline_passed' : null
}

/** Null when the gateway takes no such answer. */
async function tell(
  context: CommandContext,
  to: {
    readonly port: GatewayPort
    readonly dispute: Dispute
    readonly evidence: readonly Evidence[]
  },
  answer: Asked['answer'],
): Promise<DisputeAnswer | null> {
  const { accountId, now } = context
  const { port, dispute, evidence } = to
  const { gatewayReference: disputeReference, chargeReference } = dispute
  const base = { accountId, disputeReference, chargeReference, at: now }
  if (answer === 'accept')
    return (await port.acceptDispute?.({ ...base, idempotencyKey: dispute.id })) ?? null
  const given = { ...toEvidenceRequest(evidence), facts: dispute.facts }
  const idempotencyKey = keyOf(evidence)
  return (await port.submitEvidence?.({ ...base, ...given, idempotencyKey })) ?? null
}

/** Other pieces are another answer; so are the same ones once they have been handed in before. */
function keyOf(evidence: readonly Evidence[]): Uuid {
  const names = evidence.map(({ id, submittedAt }) => `${id} ${submittedAt ?? ''}`)
  return uuidOfHex(sha256Hex(names.join('\n')).slice(0, 32))
}

async function record(
  deps: BillingDeps,
  context: CommandContext,
  answered: {
    readonly dispute: Dispute
    readonly evidence: readonly Evidence[]
    readonly answer: Asked['answer']
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
    const changes = decideAnswered({ ...state, dispute }, answered, now, toolsOf(deps))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await keepHandedIn(tx, { accountId, disputeId: id, at: now }, answered.evidence)
    await context.remember(tx, 'dispute', id)
  })
}

/** What the gateway has is kept, taken out while it was on its way or not. */
async function keepHandedIn(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly disputeId: Uuid; readonly at: CommandContext['now'] },
  evidence: readonly Evidence[],
): Promise<void> {
  const notes = await listEvidenceNotes(tx, of.accountId, of.disputeId)
  const kept = new Set(notes.map(({ id }) => id))
  const missing = evidence.filter(({ id }) => !kept.has(id))
  await insertEvidence(tx, of, missing)
  const handedIn = evidence.map(({ id }) => id)
  await markEvidenceSubmitted(tx, of, handedIn)
}
