import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import {
  caseEndsAt,
  policyOf,
  SECOND_BEST,
  type RecoveryCase,
  type RecoveryPolicy,
} from '@perennial/core/recovery'
import { formatInstant, formatInstantOrNull, type Instant } from '@perennial/core/time'
import type { Static } from 'typebox'
import { reasonsOf, type CaseAttempt, type DecisionRow } from '../../recovery/index.ts'
import type { CaseDetails, CaseItem } from './case-schemas.ts'

type Details = Static<typeof CaseDetails>
type Entry = Details['timeline'][number]

const idOrNull = (kind: IdKind, id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

export function toWireCase(open: RecoveryCase, account: RecoveryPolicy): Static<typeof CaseItem> {
  const policy = policyOf(open, account)
  const isOpen = open.state === 'open'
  const isTry = open.waitsFor === 'try'
  const endsAt =
    isTry || open.nextAttemptAt === null ? caseEndsAt(open, policy) : open.nextAttemptAt
  return {
    id: encodeId('recovery_case', open.id),
    object: 'recovery_case',
    state: open.state,
    customer_id: encodeId('customer', open.customerId),
    subscription_id: idOrNull('subscription', open.subscriptionId),
    invoice_id: encodeId('invoice', open.invoiceId),
    amount_minor: toWireMinor(open.amountMinor),
    currency: open.currency,
    policy: policy.kind,
    retries_made: open.retriesMade,
    retries_max: policy.retryDays.length,
    waits_for: isOpen ? open.waitsFor : null,
    next_attempt_at: isTry ? formatInstantOrNull(open.nextAttemptAt) : null,
    ends_at: isOpen ? formatInstant(endsAt) : null,
    first_decline_code: open.firstDeclineCode,
    last_decline_code: open.lastDeclineCode,
    opened_at: formatInstant(open.openedAt),
    closed_at: formatInstantOrNull(open.closedAt),
  }
}

/** All that is known of one case. */
export type CaseStory = {
  readonly open: RecoveryCase
  readonly account: RecoveryPolicy
  readonly decisions: readonly DecisionRow[]
  readonly attempts: readonly CaseAttempt[]
  readonly gatewayCodes: ReadonlyMap<string, string>
}

export function toWireDetails(story: CaseStory): Details {
  const { open, account, decisions } = story
  const codeOf = (id: Uuid | null): string | null =>
    id === null ? null : (story.gatewayCodes.get(id) ?? encodeId('gateway', id))
  return {
    ...toWireCase(open, account),
    timeline: toTimeline(story, codeOf),
    decisions: decisions.map((row) => ({
      kind: row.kind,
      policy: row.policy,
      retry_number: row.retry_number,
      due_at: formatInstant(row.due_at),
      gateway: codeOf(row.gateway_id),
      payment_method_id: idOrNull('payment_method', row.payment_method_id),
      chance: row.chance,
      runner_up:
        row.runner_up_at === null
          ? null
          : {
              at: formatInstant(row.runner_up_at),
              gateway: codeOf(row.runner_up_gateway_id),
              chance: row.runner_up_chance ?? 0,
            },
      is_exploring: row.is_exploring,
      guard: toWireGuard(row),
      reasons: [...reasonsOf(row)],
      learned_from: Number(row.learned_from),
      decided_at: formatInstant(row.decided_at),
    })),
  }
}

function toWireGuard(row: DecisionRow): Details['decisions'][number]['guard'] {
  if (row.guard_rule === null) return null
  return {
    rule: row.guard_rule,
    until: formatInstantOrNull(row.guard_until),
    since: formatInstantOrNull(row.guard_since),
    source: row.guard_source,
  }
}

function toTimeline(story: CaseStory, codeOf: (id: Uuid | null) => string | null): Entry[] {
  const { open, decisions, attempts } = story
  const entry = (at: Instant, kind: Entry['kind'], text: string, id: Uuid | null = null) => ({
    at,
    told: { at: formatInstant(at), kind, text, attempt_id: idOrNull('payment_attempt', id) },
  })
  const entries = [
    ...attempts.map((attempt) =>
      entry(
        attempt.at,
        'attempt',
        tellAttempt(attempt, codeOf(attempt.gatewayId) ?? 'a gateway'),
        attempt.id,
      ),
    ),
    entry(
      open.openedAt,
      'opened',
      `The charge failed (${open.firstDeclineCode}): the case was opened.`,
    ),
    ...decisions.map((row) => entry(row.decided_at, 'decided', tellDecision(row))),
    ...(open.closedAt === null ? [] : [entry(open.closedAt, 'closed', tellEnd(open))]),
  ]
  return entries.toSorted((a, b) => a.at - b.at).map(({ told }) => told)
}

function tellAttempt({ state, declineCode, retryKind }: CaseAttempt, gateway: string): string {
  const what = retryKind === 'manual' ? 'A try by hand' : 'A try'
  switch (state) {
    case 'succeeded':
      return `${what} at ${gateway} was approved.`
    case 'declined':
      return `${what} at ${gateway} was declined (${declineCode ?? 'no reason told'}).`
    case 'pending':
      return `${what} at ${gateway} was accepted; the money is on its way.`
    default:
      return `${what} at ${gateway} is under way.`
  }
}

function tellDecision(row: DecisionRow): string {
  const reasons = reasonsOf(row)
  const [first = ''] = reasons
  const second = reasons.find((reason) => reason.startsWith(SECOND_BEST))
  const when = formatInstant(row.due_at)
  switch (row.kind) {
    case 'try':
      return `Retry ${row.retry_number} is planned for ${when}: ${[first, second].filter(Boolean).join('; ')}.`
    case 'wait_for_card':
      return `Another card is waited for until ${when}: ${first}.`
    case 'wait_for_chance':
      return `Nothing is planned; looked at again at ${when}: ${first}.`
    case 'give_up':
      return `It is given up at ${when}: ${first}.`
  }
}

function tellEnd({ state }: RecoveryCase): string {
  if (state === 'recovered') return 'The bill was paid.'
  return state === 'exhausted'
    ? 'Nothing was left to try: the case was given up.'
    : 'Nothing is to be collected any more: the case was canceled.'
}
