import type { DisputeStatus as ToldStatus, GatewayDispute } from '../payments/index.ts'
import type { Instant } from '../time/index.ts'
import {
  isClosed,
  isMoneyTaken,
  needsResponse,
  type Dispute,
  type DisputeStatus,
} from './dispute.ts'

/** What may follow what (spec/revkeen.md 2.11). What is not here came late or out of order, and changes nothing. */
const FOLLOWS: Readonly<Record<DisputeStatus, readonly ToldStatus[]>> = {
  warning_needs_response: [
    'warning_closed',
    'needs_response',
    'under_review',
    'won',
    'lost',
    'withdrawn',
  ],
  warning_closed: [],
  needs_response: ['under_review', 'won', 'lost', 'withdrawn'],
  under_review: ['won', 'lost', 'withdrawn'],
  won: [],
  lost: [],
}

/**
 * What takes a closed dispute up again: the bank charges back what a warning was about that seemed over, charges back a
 * second time what was won (a second chargeback, an arbitration, a case reopened), or gives back what was lost. Only newer
 * word does that: older word came late.
 */
const REOPENS: Readonly<Partial<Record<DisputeStatus, readonly ToldStatus[]>>> = {
  warning_closed: ['needs_response', 'under_review', 'won', 'lost', 'withdrawn'],
  won: ['needs_response', 'under_review', 'lost'],
  lost: ['won', 'withdrawn'],
}

export type DisputeDecision =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'changed'; readonly dispute: Dispute }

/**
 * What a gateway's word makes of a dispute. A status that does not follow on the present one is old news; new
 * details of the present status count when they are newer than what was told before. Fees are told in all, and only grow: whatever
 * word tells of more is believed.
 */
export function hearDispute(
  dispute: Dispute,
  told: GatewayDispute,
  toldAt: Instant,
  at: Instant,
): DisputeDecision {
  const decision = follow(dispute, told, toldAt, at)
  const heard = decision.kind === 'changed' ? decision.dispute : dispute
  if (heard.transactionId === null || told.feeMinor <= heard.feeMinor) return decision
  const version = dispute.version + 1
  const { feeMinor } = told
  return { kind: 'changed', dispute: { ...heard, feeMinor, version, updatedAt: at } }
}

function follow(
  dispute: Dispute,
  told: GatewayDispute,
  toldAt: Instant,
  at: Instant,
): DisputeDecision {
  const { isInferred, status } = dispute
  const isGiven = told.status === 'won' || told.status === 'withdrawn'
  const isOverruled = isInferred && status === 'lost' && isGiven
  if (isOverruled || FOLLOWS[status].includes(told.status))
    return { kind: 'changed', dispute: moved(followed(dispute, told, toldAt), told.status, at) }
  if (toldAt > dispute.toldAt && REOPENS[status]?.includes(told.status) === true)
    return { kind: 'changed', dispute: reopened(dispute, told, { toldAt, at }) }
  if (told.status !== status || toldAt <= dispute.toldAt) return { kind: 'ignored' }
  if (isInferred) {
    const confirmed = { ...dispute, isInferred: false, toldAt, version: dispute.version + 1 }
    return { kind: 'changed', dispute: { ...confirmed, updatedAt: at } }
  }
  const after = detailed(dispute, told, toldAt)
  const isSame = (['reason', 'evidenceDueAt', 'networkReasonCode'] as const).every(
    (name) => after[name] === dispute[name],
  )
  return isSame || isClosed(dispute)
    ? { kind: 'ignored' }
    : { kind: 'changed', dispute: moved(after, told.status, at) }
}

/** A chargeback after an answered warning is answered by itself. */
function followed(dispute: Dispute, told: GatewayDispute, toldAt: Instant): Dispute {
  const isRaised = told.status === 'needs_response' && toldAt > dispute.toldAt
  const after = detailed(dispute, told, toldAt)
  return isRaised ? { ...after, evidenceSubmittedAt: null } : after
}

/** It goes on with what is told now: an answer and a date of before have done their work. */
function reopened(
  dispute: Dispute,
  told: GatewayDispute,
  when: { readonly toldAt: Instant; readonly at: Instant },
): Dispute {
  const isTakenAnew = !isMoneyTaken(dispute)
  return moved(
    {
      ...detailed(dispute, told, when.toldAt),
      evidenceDueAt: told.evidenceDueAt,
      evidenceSubmittedAt: null,
      amountMinor: isTakenAnew ? told.amountMinor : dispute.amountMinor,
    },
    told.status,
    when.at,
  )
}

/** The newer of what is known. The amount is what was taken at the opening, and stays that until it is taken anew. */
function detailed(dispute: Dispute, told: GatewayDispute, toldAt: Instant): Dispute {
  if (toldAt < dispute.toldAt) return dispute
  return {
    ...dispute,
    reason: told.reason,
    networkReasonCode: told.networkReasonCode ?? dispute.networkReasonCode,
    networkReasonDescription: told.networkReasonDescription ?? dispute.networkReasonDescription,
    evidenceDueAt: told.evidenceDueAt ?? dispute.evidenceDueAt,
    feeMinor: dispute.transactionId === null ? told.feeMinor : dispute.feeMinor,
    amountMinor: dispute.transactionId === null ? told.amountMinor : dispute.amountMinor,
    toldAt,
  }
}

function moved(dispute: Dispute, to: ToldStatus, at: Instant): Dispute {
  const status = to === 'withdrawn' ? 'won' : to
  const resolution = to === 'won' || to === 'lost' || to === 'withdrawn' ? to : null
  const after = { ...dispute, status, resolution, isInferred: false }
  return {
    ...after,
    nextDueAt: needsResponse(after) ? after.evidenceDueAt : null,
    evidenceSubmittedAt: after.evidenceSubmittedAt ?? (status === 'under_review' ? at : null),
    resolvedAt: isClosed(after) ? at : null,
    version: dispute.version + 1,
    updatedAt: at,
  }
}

/** The answer has arrived at the gateway, which says where that leaves the dispute. */
export function submitEvidence(dispute: Dispute, to: ToldStatus, at: Instant): Dispute {
  // A gateway that looks at an answer to a warning keeps no state of its own for that: nothing is owed any more.
  const next = to === dispute.status && needsResponse(dispute) ? dispute : moved(dispute, to, at)
  const version = dispute.version + 1
  return { ...next, evidenceSubmittedAt: at, nextDueAt: null, toldAt: at, version, updatedAt: at }
}

/** The merchant gives it up, without evidence. A warning that its gateway keeps open is answered by that, and waits for nobody. */
export function acceptDispute(dispute: Dispute, to: ToldStatus, at: Instant): Dispute {
  const accepted = submitEvidence(dispute, to, at)
  const { evidenceSubmittedAt } = dispute
  return isClosed(accepted) ? { ...accepted, evidenceSubmittedAt } : accepted
}

/** Nobody answered in time: a chargeback is lost, a warning is over. Null when an answer was given, or none is owed. */
export function missDeadline(dispute: Dispute, at: Instant): Dispute | null {
  const isMissed = dispute.nextDueAt !== null && dispute.nextDueAt <= at && needsResponse(dispute)
  if (!isMissed) return null
  const end = dispute.status === 'warning_needs_response' ? 'warning_closed' : 'lost'
  return { ...moved(dispute, end, at), isInferred: true }
}
