import type { Instant } from '../../time/index.ts'
import { learn, type AttemptEvidence, type Evidence } from './evidence.ts'

/** Refusals of one gateway since its last approval. */
export type RefusalRun = {
  readonly sinceAt: Instant
  readonly refused: number
  /** Not learned from yet: whether they say anything about cards shows with the next approval. */
  readonly held: readonly AttemptEvidence[]
}

/** By gateway. */
export type RefusalRuns = Map<string, RefusalRun>

/**
 * So many refusals in a row, and not one approval between, are no accident of cards: even retries at bad hours are
 * approved now and then. Where one in eight is approved, a run like this happens once in 600.
 */
export const OUTAGE_RUN = 48

/** Whether the gateway's refusals are taken for an outage of ours. */
export function isOutage(run: Pick<RefusalRun, 'refused'>): boolean {
  return run.refused >= OUTAGE_RUN
}

/**
 * Takes in how an attempt ended, unless that teaches nonsense: refusals are learned once the same gateway has approved
 * something again, and those of a run that was too long are set aside for good. `evidence.outages` tells of such runs.
 */
export function learnWatchfully(
  evidence: Evidence,
  runs: RefusalRuns,
  seen: AttemptEvidence,
): void {
  const run = runs.get(seen.gateway)
  if (seen.failed === null) {
    if (run !== undefined && !isOutage(run)) for (const each of run.held) learn(evidence, each)
    runs.delete(seen.gateway)
    evidence.outages.delete(seen.gateway)
    learn(evidence, seen)
    return
  }
  if (!saysSomethingOfCards(seen)) {
    learn(evidence, seen)
    return
  }
  const { sinceAt, refused, held } = run ?? { sinceAt: seen.at, refused: 0, held: [] }
  const longer = { sinceAt, refused: refused + 1 }
  runs.set(seen.gateway, { ...longer, held: isOutage(longer) ? [] : [...held, seen] })
  if (isOutage(longer)) evidence.outages.set(seen.gateway, longer)
}

/** Ended cards and silent gateways are told for what they are. */
function saysSomethingOfCards({ failed }: AttemptEvidence): boolean {
  return (
    failed === 'funds' || failed === 'refusal' || failed === 'limit' || failed === 'issuer_down'
  )
}
