import { assert } from '@perennial/core/fault'
import {
  emptyEvidence,
  failureReasonOf,
  learnWatchfully,
  zoneOfCountry,
  type Evidence,
  type RefusalRuns,
} from '@perennial/core/recovery'
import { parseTimeZone, type Instant, type TimeZone } from '@perennial/core/time'
import type { SettledAttempt } from './queries/attempts.ts'
import { toDecline } from './rows.ts'

/** When a card was last short of money, and last refused without a reason, for one bill. */
type Known = { shortAt: Instant | null; refusedAt: Instant | null }

/**
 * What attempts, oldest first, teach of the cards of outside billers: as of our own bills, nothing that an outage of ours
 * may have been. What the biller's own charge ended with is where the first retry begins.
 */
export function learnOutside(attempts: readonly SettledAttempt[]): Evidence {
  const evidence = emptyEvidence()
  const runs: RefusalRuns = new Map()
  const knownOf = new Map<string, Known>()
  for (const attempt of attempts) {
    const { recovery_id: id, token, card_bin: bin, card_country: country, created_at: at } = attempt
    const key = `${id} ${token}`
    const known = knownOf.get(key) ?? handedOverWith(attempt)
    knownOf.set(key, known)
    const decline = toDecline(attempt.decline)
    const failed = decline === null ? null : failureReasonOf(decline)
    learnWatchfully(evidence, runs, {
      traits: { bin, country, zone: zoneOf(attempt) },
      gateway: attempt.gateway_id,
      at,
      failed,
      isFirst: false,
      ...known,
    })
    if (failed === 'funds') known.shortAt = at
    if (failed === 'refusal') known.refusedAt = at
  }
  return evidence
}

/** As it is asked: by the client's clock where nobody knows the card's country. */
function zoneOf({ card_country: country, timezone }: SettledAttempt): TimeZone {
  if (country !== null) return zoneOfCountry(country)
  const zone = parseTimeZone(timezone)
  assert(zone !== null, 'a recovery client has a known time zone')
  return zone
}

/** One that was tried at once says nothing of waiting: when the biller's own charge was made is not told. */
function handedOverWith({
  handed_at: handedAt,
  handed_decline: told,
  created_at: at,
}: SettledAttempt): Known {
  const decline = handedAt === null || handedAt >= at ? null : toDecline(told)
  const reason = decline === null ? null : failureReasonOf(decline)
  return {
    shortAt: reason === 'funds' ? handedAt : null,
    refusedAt: reason === 'refusal' ? handedAt : null,
  }
}
