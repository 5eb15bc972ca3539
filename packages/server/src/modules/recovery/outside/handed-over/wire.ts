import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull, type Instant } from '@perennial/core/time'
import type { Static } from 'typebox'
import { reasonsOf } from '../../rows.ts'
import type { ShownAttempt } from '../queries/handed-over.ts'
import { toRecovery, type OutsideDecisionRow, type StoredRecovery } from '../rows.ts'
import type { HandedOverAnswer, HandedOverItem } from './schemas.ts'

type Details = Static<typeof HandedOverAnswer>['data']
type Entry = Details['timeline'][number]

export function toWireHandedOver(row: StoredRecovery): Static<typeof HandedOverItem> {
  const recovery = toRecovery(row)
  return {
    id: encodeId('recovery_case', recovery.id),
    object: 'handed_over_payment',
    client_id: encodeId('recovery_client', row.client_id),
    state: recovery.state,
    amount_minor: toWireMinor(recovery.amountMinor),
    currency: recovery.currency,
    attempts_made: recovery.attemptsMade,
    next_attempt_at: formatInstantOrNull(recovery.nextAttemptAt),
    first_decline_code: recovery.firstDecline?.code ?? null,
    last_decline_code: recovery.lastDecline?.code ?? null,
    recommended_action: recovery.recommendedAction,
    reason: recovery.reason,
    opened_at: formatInstant(recovery.openedAt),
    closed_at: formatInstantOrNull(recovery.closedAt),
  }
}

/** All that is known of one handed-over payment. */
export type HandedOverStory = {
  readonly row: StoredRecovery
  readonly decisions: readonly OutsideDecisionRow[]
  readonly attempts: readonly ShownAttempt[]
}

export function toWireStory({ row, decisions, attempts }: HandedOverStory): Details {
  return {
    ...toWireHandedOver(row),
    timeline: toTimeline({ row, decisions, attempts }),
    decisions: decisions.map((one) => ({
      state: one.state,
      attempts_made: one.attempts_made,
      due_at: formatInstantOrNull(one.due_at),
      source: one.source,
      chance: one.chance,
      runner_up:
        one.runner_up_at === null
          ? null
          : { at: formatInstant(one.runner_up_at), chance: one.runner_up_chance ?? 0 },
      recommended_action: one.recommended_action,
      reasons: [...reasonsOf(one)],
      learned_from: Number(one.learned_from),
      decided_at: formatInstant(one.decided_at),
    })),
  }
}

function toTimeline({ row, decisions, attempts }: HandedOverStory): Entry[] {
  const told = toRecovery(row).firstDecline?.code ?? 'no reason told'
  const entry = (at: Instant, kind: Entry['kind'], text: string) => ({ at, kind, text })
  const entries = [
    entry(row.opened_at, 'opened', `Its biller handed it over (${told}).`),
    ...attempts.map((one) => entry(one.at, 'attempt', tellAttempt(one))),
    ...decisions.map((one) => entry(one.decided_at, 'decided', tellDecision(one))),
  ]
  return entries
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, kind, text }) => ({ at: formatInstant(at), kind, text }))
}

function tellAttempt({ state, number, declineCode, gateway }: ShownAttempt): string {
  const what = `Charge ${number} at ${gateway ?? 'a gateway'}`
  switch (state) {
    case 'succeeded':
      return `${what} was approved.`
    case 'declined':
      return `${what} was declined (${declineCode ?? 'no reason told'}).`
    case 'pending':
      return `${what} was accepted; the money is on its way.`
    case 'sending':
    case 'unknown':
      return `${what} is under way.`
  }
}

function tellDecision(row: OutsideDecisionRow): string {
  const why = reasonsOf(row).join('; ')
  const due = formatInstantOrNull(row.due_at) ?? 'then'
  switch (row.state) {
    case 'scheduled':
      return `The next charge is planned for ${due}: ${why}`
    case 'awaiting_card':
      return `Another card is waited for until ${due}: ${why}`
    case 'failed':
      return `It was given up: ${why}`
    case 'blocked':
      return `It is not to be tried again: ${why}`
    case 'canceled':
      return `It is owed no more: ${why}`
  }
}
