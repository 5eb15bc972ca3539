import { MS_PER_DAY, type Instant } from '../../time/index.ts'
import { learn, type AttemptEvidence, type Evidence } from './evidence.ts'
import { isOutageOver, type SuspectedOutage } from './suspected-outage.ts'

/** An attempt, and whose it is: what approvals are compared by. */
export type WatchedAttempt = AttemptEvidence & {
  /** ISO 4217 code. */
  readonly currency: string
  /** Tells cards apart, whatever it is. */
  readonly card: string
}

type Usual = { readonly tried: number; readonly approved: number }

/** What is approved at one gateway in one currency. Plain data. */
export type Watch = {
  readonly gateway: string
  readonly currency: string
  /** First charges of bills, and tries after them; both fade. */
  readonly first: Usual
  readonly again: Usual
  /** To which day since 1970 they have. */
  readonly fadedToDay: number
  /** Logarithm of how many times likelier the last charges are in an outage than on a bad day; never below 0. */
  readonly suspicion: number
  /** Charges since it was 0 last: whether they say anything about cards shows when it is 0 again. */
  readonly held: readonly WatchedAttempt[]
  readonly outage: SuspectedOutage | null
}

/** By gateway and currency. */
export type Watches = Map<string, Watch>

/**
 * Where nothing is known yet, so many approvals of so many charges are taken for usual. Few: what has hardly ever approved
 * anything has not stopped to.
 */
const UNKNOWN = { first: { tried: 4, approved: 2 }, again: { tried: 4, approved: 1 } } as const
/**
 * The share of usual approvals that a bad day still has: a week before payday, an issuer that is down. Tries after a refusal
 * hang on paydays more than first charges do.
 */
const BAD_DAY_KEEPS = { first: 1 / 2, again: 1 / 4 } as const
/** The share of those that an outage lets through: one charge in twenty, where nine in ten are usual. */
const OUTAGE_KEEPS = 1 / 10
/**
 * An outage is suspected once it explains the charges so many times better than bad days do. By Lorden's bound for such sums
 * (CUSUM), that happens by chance at most once in so many charges, even if every day were bad; with the approvals that are
 * usual it happens never: `outage.test.ts` counts it.
 */
const TIMES_LIKELIER = 10_000
const SURE = Math.log(TIMES_LIKELIER)
/** Of more that are neither usual nor an outage, the oldest are learned. */
const HELD_MAX = 400
/** What is usual weighs half as much after so many days. */
const USUAL_HALVES_DAYS = 30

/**
 * Takes in how an attempt ended, unless that teaches nonsense: what is far below the usual is held back until the same gateway
 * approves charges in the same currency as usual again, and set aside for good where it has come to an outage of ours,
 * whatever the refusals say. `evidence.outages` tells of those.
 */
export function learnWatchfully(evidence: Evidence, watches: Watches, seen: WatchedAttempt): void {
  const known = watches.get(watchKey(seen)) ?? newWatch(seen)
  const { watch, believed } = watchOn(endIfOld(known, seen.at), seen)
  keepWatch(evidence, watches, watch)
  // That a gateway did not answer is told for what it is, and forgotten within hours.
  if (seen.failed === 'gateway_down') learn(evidence, seen)
  for (const each of believed) if (each.failed !== 'gateway_down') learn(evidence, each)
}

/** Puts a watch where it is looked for, and its outage into the evidence. */
export function keepWatch(evidence: Evidence, watches: Watches, watch: Watch): void {
  const key = watchKey(watch)
  watches.set(key, watch)
  if (watch.outage === null) evidence.outages.delete(key)
  else evidence.outages.set(key, watch.outage)
}

function watchKey({ gateway, currency }: Pick<Watch, 'gateway' | 'currency'>): string {
  return `${gateway} ${currency}`
}

function newWatch({ gateway, currency }: WatchedAttempt): Watch {
  const none = { tried: 0, approved: 0 }
  return { gateway, currency, first: none, again: none, fadedToDay: 0, suspicion: 0, held: [], outage: null } // prettier-ignore
}

/** Then what came of it is what is usual. */
function endIfOld(watch: Watch, at: Instant): Watch {
  const { outage } = watch
  if (outage === null || !isOutageOver(outage, at)) return watch
  const { tried, approved } = outage
  const usual = { tried, approved }
  return { ...watch, first: usual, again: usual, suspicion: 0, outage: null }
}

/** `believed`: what may be learned now, oldest first. */
function watchOn(
  watch: Watch,
  seen: WatchedAttempt,
): { readonly watch: Watch; readonly believed: readonly WatchedAttempt[] } {
  const { outage } = watch
  const suspicion = Math.max(0, watch.suspicion + weightOf(watch, seen))
  if (outage !== null) {
    if (suspicion === 0) return { watch: { ...watch, suspicion, outage: null }, believed: [] }
    const longer = { ...outage, ...counted(outage, seen) }
    return {
      watch: { ...watch, suspicion: Math.min(suspicion, SURE), outage: longer },
      believed: [],
    }
  }
  const held = [...watch.held, seen]
  if (suspicion >= SURE) {
    const begun = beginOutage(watch, held, seen.at)
    return { watch: { ...watch, suspicion, held: [], outage: begun }, believed: [] }
  }
  const believed = suspicion === 0 ? held : held.slice(0, Math.max(0, held.length - HELD_MAX))
  const told = believed.reduce(withUsual, watch)
  return { watch: { ...told, suspicion, held: held.slice(believed.length) }, believed }
}

function beginOutage(
  { gateway, currency }: Watch,
  held: readonly WatchedAttempt[],
  suspectedAt: Instant,
): SuspectedOutage {
  const [first] = held
  const tally = held.reduce(counted, { tried: 0, approved: 0 })
  return { gateway, currency, sinceAt: first?.at ?? suspectedAt, suspectedAt, ...tally }
}

/** How much likelier this is in an outage than on a bad day, as a logarithm. */
function weightOf(watch: Watch, seen: WatchedAttempt): number {
  if (seen.failed === null) return Math.log(OUTAGE_KEEPS)
  if (hasCounted(watch.held, seen)) return 0
  const kind = kindOf(seen)
  const { tried, approved } = watch[kind]
  const usual = (approved + UNKNOWN[kind].approved) / (tried + UNKNOWN[kind].tried)
  const onBadDay = BAD_DAY_KEEPS[kind] * usual
  return Math.log((1 - OUTAGE_KEEPS * onBadDay) / (1 - onBadDay))
}

function kindOf({ isFirst }: WatchedAttempt): 'first' | 'again' {
  return isFirst ? 'first' : 'again'
}

/** A card says something once: those that are left of many refused ones are refused again and again, and no outage. */
function hasCounted(held: readonly WatchedAttempt[], { card }: WatchedAttempt): boolean {
  return held.some((one) => one.card === card && one.failed !== null)
}

function counted(usual: Usual, { failed }: WatchedAttempt): Usual {
  return { tried: usual.tried + 1, approved: usual.approved + (failed === null ? 1 : 0) }
}

function withUsual(watch: Watch, seen: WatchedAttempt): Watch {
  const day = Math.max(watch.fadedToDay, Math.floor(seen.at / MS_PER_DAY))
  const left = 0.5 ** ((day - watch.fadedToDay) / USUAL_HALVES_DAYS)
  const faded = {
    first: scaled(watch.first, left),
    again: scaled(watch.again, left),
    fadedToDay: day,
  }
  const kind = kindOf(seen)
  return { ...watch, ...faded, [kind]: counted(faded[kind], seen) }
}

function scaled({ tried, approved }: Usual, factor: number): Usual {
  return { tried: tried * factor, approved: approved * factor }
}
