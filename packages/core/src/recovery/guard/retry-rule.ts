import { assertNever } from '../../fault/index.ts'
import {
  classifyDecline,
  explainDecline,
  type Decline,
  type RefusedCard,
  type Source,
} from '../../declines/index.ts'
import { addMs, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import type { GuardAnswer, PastAttempt } from './ask-guard.ts'
import { basisOfCode } from './rule-basis.ts'
import { neverRefilled } from './told-card.ts'

/** How a try of one bill on one card has ended. */
export type Answer = Pick<PastAttempt, 'at' | 'decline'>

const ALLOWED: GuardAnswer = { kind: 'allowed' }

/**
 * What the last answer leaves the merchant to try again by itself, on this card with its data as they are (spec/decline-codes.md
 * 3 and 4, "May retry?"). It holds beside the networks' guard, whatever policy chooses the instants; people may try all the
 * same. `answers`: of one bill, oldest first. `card`: with what it was answered otherwise, where that is known.
 */
export function askRetryRule(
  answers: readonly Answer[],
  card: (RefusedCard & { readonly history?: readonly PastAttempt[] }) | null = null,
): GuardAnswer {
  const last = answers.at(-1)
  if (last === undefined || last.decline === null) return ALLOWED
  const { at, decline } = last
  const { retry, nature, sources } = classifyDecline(decline, card)
  const told = decline.isoCode ?? decline.code
  // As after the same advice with the refusal itself.
  const prepaid = neverRefilled(decline, card?.history ?? [])
  if (prepaid !== null) return never('retry_prepaid', prepaid.evidence, prepaid.sources)
  switch (retry.when) {
    case 'after':
    case 'payday':
      return ALLOWED
    case 'from':
      return notBefore(at, { rule: 'retry_delay', hours: retry.hours, told, sources })
    case 'once':
      return answers.filter((one) => isSameAnswer(one.decline, decline)).length > 1
        ? never('retry_once', `one more try was all that ${told} left, and it came again`, sources)
        : notBefore(at, { rule: 'retry_once', hours: retry.hours, told, sources })
    case 'fixed_set_up':
      return never(
        'retry_set_up',
        `the set-up at the gateway has to be put right first (${told})`,
        sources,
      )
    case 'new_data':
    case 'never':
      return nature === 'authenticate'
        ? never(
            'retry_authenticate',
            'only the cardholder can authenticate, and was not there',
            sources,
          )
        : never('retry_never', meaningOf(decline), sources)
    default:
      return assertNever(retry)
  }
}

function never(rule: string, reason: string, sources: readonly Source[]): GuardAnswer {
  return { kind: 'never', rule, reason, basis: basisOfCode({ sources }) }
}

function notBefore(
  at: Instant,
  of: {
    readonly rule: string
    readonly hours: number
    readonly told: string
    readonly sources: readonly Source[]
  },
): GuardAnswer {
  const { rule, hours, told, sources } = of
  const reason = `nothing is tried in the ${hours} h after ${told}`
  const basis = basisOfCode({ sources })
  return { kind: 'until', rule, reason, basis, until: addMs(at, hours * MS_PER_HOUR) }
}

function isSameAnswer(one: Decline | null, other: Decline): boolean {
  return (
    one !== null &&
    one.code === other.code &&
    one.isoCode === other.isoCode &&
    one.adviceCode === other.adviceCode
  )
}

function meaningOf({ code, isoCode }: Decline): string {
  const { meaning } = explainDecline(code)
  return isoCode === null ? meaning : `${meaning} (${isoCode})`
}

/** Both of them: the one that forbids more. A wait that is over by `at` is none. */
export function strictest(one: GuardAnswer, other: GuardAnswer, at: Instant): GuardAnswer {
  const first = asOf(one, at)
  const second = asOf(other, at)
  if (first.kind === 'never' || second.kind === 'allowed') return first
  if (second.kind === 'never' || first.kind === 'allowed') return second
  return second.until > first.until ? second : first
}

function asOf(answer: GuardAnswer, at: Instant): GuardAnswer {
  return answer.kind === 'until' && answer.until <= at ? ALLOWED : answer
}
