import type { Charge } from '../../charges/charge.ts'
import {
  type DisputeChange,
  decideAcceptance,
  decideEvidence,
  decideWithdrawal,
  openDispute,
} from '../../disputes/decide-dispute.ts'
import {
  type OpenedDispute,
  findDispute,
  listDisputesOf,
  openDisputeAt,
} from '../../disputes/disputes-of-charge.ts'
import { isDisputeReason, listDisputeReasons } from '../../tokens/dispute-reasons.ts'
import { type Answer, answerWith, refuse } from '../answer.ts'
import { disputeBody, evidenceBody, readerOf } from '../bodies.ts'
import type { Call } from '../call.ts'
import { type Context, record } from '../context.ts'
import { timeOf } from '../seen-time.ts'
import { toDisputeBody } from '../wire.ts'

const readDispute = readerOf(disputeBody)
const readEvidence = readerOf(evidenceBody)

/** POST …/charges/{charge}/disputes, in the cardholder's place. */
export function createDispute(context: Context, call: Call, charge: Charge): Answer {
  const reading = readDispute(call.body)
  if (reading.kind === 'refused') return reading.answer
  const { reason, kind = 'chargeback', amount_minor: amountMinor = null } = reading.value
  if (!isDisputeReason(reason)) {
    return refuse('body_invalid', `reason must be one of ${listDisputeReasons().join(', ')}.`)
  }
  const at = timeOf(context, call, charge)
  const id = context.makeId('dp')
  const dispute = openDispute(charge, { id, kind, reason, amountMinor, openedAt: at })
  const opened = openDisputeAt(context.state, dispute, at)
  if (opened === null) return refuse('nothing_to_dispute')
  record(context, { kind: 'disputed', dispute, at })
  return answerWith(toDisputeBody(opened))
}

/** GET …/charges/{charge}/disputes */
export function listDisputes(context: Context, call: Call, charge: Charge): Answer {
  const disputes = listDisputesOf(context.state, charge, call.at)
  return answerWith({ data: disputes.map(toDisputeBody) })
}

type Operation = (context: Context, call: Call, opened: OpenedDispute) => Answer

const operations: ReadonlyMap<string, Operation> = new Map([
  ['evidence', giveEvidence],
  ['accept', acceptDispute],
  ['withdraw', withdrawDispute],
])

/** /gateways/{id}/disputes/{dispute}, …/evidence, …/accept, …/withdraw */
export function routeDispute(context: Context, call: Call, gatewayId: string): Answer {
  const [id = '', name, ...more] = call.segments.slice(3)
  const operation = operations.get(name ?? '')
  if (more.length > 0 || (name !== undefined && operation === undefined)) {
    return refuse('route_not_found')
  }
  if (call.method !== (name === undefined ? 'GET' : 'POST')) return refuse('method_not_allowed')
  const known = context.state.disputes.get(id)
  const charge = known === undefined ? undefined : context.state.charges.get(known.chargeId)
  if (charge === undefined) return refuse('dispute_not_found')
  const opened = findDispute(context.state, id, timeOf(context, call, charge))
  const isOwn = charge.attempt.account === call.account && charge.attempt.gatewayId === gatewayId
  if (opened === null || !isOwn) return refuse('dispute_not_found')
  return operation === undefined
    ? answerWith(toDisputeBody(opened))
    : operation(context, call, opened)
}

function giveEvidence(context: Context, call: Call, opened: OpenedDispute): Answer {
  const reading = readEvidence(call.body)
  if (reading.kind === 'refused') return reading.answer
  const { text, files = [] } = reading.value
  const at = timeOf(context, call, opened.charge)
  const decision = decideEvidence(opened.dispute, opened.state, { at, text, files })
  return change(context, { opened, at }, decision)
}

function acceptDispute(context: Context, call: Call, opened: OpenedDispute): Answer {
  const at = timeOf(context, call, opened.charge)
  return change(context, { opened, at }, decideAcceptance(opened.dispute, opened.state, at))
}

function withdrawDispute(context: Context, call: Call, opened: OpenedDispute): Answer {
  const at = timeOf(context, call, opened.charge)
  return change(context, { opened, at }, decideWithdrawal(opened.dispute, opened.state, at))
}

function change(
  context: Context,
  { opened, at }: { readonly opened: OpenedDispute; readonly at: number },
  decision: DisputeChange,
): Answer {
  if (decision.kind === 'refused') return refuse(decision.code)
  if (decision.kind === 'accepted') {
    record(context, { kind: 'disputed', dispute: decision.dispute, at })
  }
  const after = findDispute(context.state, opened.dispute.id, at)
  return after === null ? refuse('dispute_not_found') : answerWith(toDisputeBody(after))
}
