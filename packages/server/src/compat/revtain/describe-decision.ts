import { classifyDecline, type DeclineNature } from '@perennial/core/declines'
import type { OutsideRecovery } from '@perennial/core/recovery'

/**
 * Chances of a second try in a hundred, by what kind of "no" came first, where no plan says more. Ours, by judgement; the one published
 * figure is a vendor's 30 to 50 of 100 for recoveries as a whole (spec/revkeen.md 7.6), which are soft declines mostly. Technical ones pass of
 * themselves, what nobody knows is a little worse than soft, and what asks for other data or forbids a retry hardly ever goes through.
 */
const CHANCE: Readonly<Record<DeclineNature, number>> = {
  soft: 35,
  technical: 70,
  unknown: 25,
  reconcile: 10,
  authenticate: 0,
  new_data: 2,
  hard: 1,
  set_up: 5,
  fraud: 0,
  stop: 0,
}

/** What the engine thought, in the words of the `ai` block. */
export function describeDecision(recovery: OutsideRecovery, evidence: number) {
  const { firstDecline, plan } = recovery
  const nature = firstDecline === null ? 'unknown' : classifyDecline(firstDecline).nature
  const chance = plan?.chance ?? null
  const score = chance === null ? CHANCE[nature] : Math.round(chance * 100)
  const told = firstDecline === null ? 'no decline code' : `${firstDecline.code} (${nature})`
  return {
    score,
    // From a bare prior to what thousands of attempts have taught.
    confidence: Math.min(95, 30 + Math.round(14 * Math.log10(1 + evidence))),
    reasoning: `${told}; ${recovery.reason ?? 'tried at once'}`,
    dataSource: evidence > 0 ? 'blended' : 'prior',
  }
}
