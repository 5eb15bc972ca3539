import { assert } from '@perennial/core/fault'
import { isUuid, uuidV7, type Uuid } from '@perennial/core/ids'
import {
  dropRareSegments,
  failureReasonOf,
  learnWatchfully,
  packSegment,
  zoneOfCountry,
  type AttemptEvidence,
  type CaseTry,
} from '@perennial/core/recovery'
import { addDays, addMs, type Instant } from '@perennial/core/time'
import type { Clock } from '../../../platform/clock/index.ts'
import type { Database, Tx } from '../../../platform/db/index.ts'
import { listCaseTries } from '../queries/tries.ts'
import {
  forget,
  keep,
  readEvidence,
  toStoredGateways,
  type AccountEvidence,
} from './account-evidence.ts'
import {
  listAttempts,
  listAttemptsAfter,
  lockLearning,
  saveLearning,
  saveSegments,
  type SeenAttempt,
} from './queries.ts'

/** What is older has faded, whoever learns it. */
const DAYS_BACK = 75
/** An attempt gets its id at most so long before it can be read. */
const LAG_MS = 60_000
const BATCH = 2_000
/** What one call learns at most; the next goes on there. */
const BATCHES_MAX = 10
/** Charges without an answer that are looked at again. */
const WAITING_MAX = 1_000

type LearnDeps = { readonly database: Database; readonly clock: Clock }

/**
 * Learns from the charges that were made since the last time, in bounded batches beside everything else, so that nobody
 * who bills has to. Each batch is one transaction with how far it came: a crash loses nothing, and nothing is learned
 * twice. Somebody else who learns for the account is left to it.
 */
export async function learnAttempts(
  deps: LearnDeps,
  of: { readonly accountId: Uuid; readonly at: Instant },
): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const learned = await learnBatch(deps, of).catch((error: unknown) => {
      forget(deps.database, of.accountId)
      throw error
    })
    if (learned < BATCH) return
  }
}

async function learnBatch(
  { database, clock }: LearnDeps,
  { accountId, at }: { readonly accountId: Uuid; readonly at: Instant },
): Promise<number> {
  const realNow = clock.now()
  return database.tx(async (tx) => {
    const from = idOf(addDays(realNow, -DAYS_BACK))
    const row = await lockLearning(tx, accountId, { from, at })
    if (row === null) return 0
    const until = idOf(addMs(realNow, -LAG_MS))
    const after = row.learned_to > from ? row.learned_to : from
    const fresh = await listAttemptsAfter(tx, accountId, { after, until, limit: BATCH })
    const late = await listAttempts(tx, accountId, toIds(row.waiting))
    const settled = [...late, ...fresh].filter((attempt) => attempt.isSettled)
    if (fresh.length === 0 && settled.length === 0) return 0
    const known = await readEvidence(database, tx, { accountId, row })
    const seen = await toEvidence(tx, accountId, settled)
    const before = countsOf(known)
    for (const each of seen) learnWatchfully(known.evidence, known.runs, each)
    const waiting = [...late, ...fresh].filter((attempt) => !attempt.isSettled)
    const version = row.version + 1n
    await saveSegments(tx, accountId, { ...changedSegments(known, before), at })
    await saveLearning(tx, accountId, {
      version,
      learned_to: fresh.at(-1)?.id ?? row.learned_to,
      waiting: waiting.slice(-WAITING_MAX).map((attempt) => attempt.id),
      gateways: toStoredGateways(known),
      attempts: BigInt(known.evidence.attempts),
      at,
    })
    keep(database, accountId, { ...known, version })
    return fresh.length
  })
}

function countsOf({ evidence }: AccountEvidence): ReadonlyMap<string, number> {
  return new Map([...evidence.segments.values()].map(({ key, attempts }) => [key, attempts]))
}

/** Segments that something was learned of, refusals that had been held among it. */
function changedSegments({ evidence }: AccountEvidence, before: ReadonlyMap<string, number>) {
  const forgotten = dropRareSegments(evidence)
  const changed = [...evidence.segments.values()].filter(
    ({ key, attempts }) => attempts !== before.get(key),
  )
  return { segments: changed.map(packSegment), forgotten }
}

/** How charges ended, with what was known of the card within the same bill. */
async function toEvidence(
  tx: Tx,
  accountId: Uuid,
  settled: readonly SeenAttempt[],
): Promise<AttemptEvidence[]> {
  const cards = settled.filter((attempt) => attempt.isCard)
  const retried = cards.filter((attempt) => attempt.attemptNumber > 1)
  const invoiceIds = [...new Set(retried.flatMap(({ invoiceId }) => invoiceId ?? []))]
  const tries = invoiceIds.length === 0 ? new Map() : await listCaseTries(tx, accountId, invoiceIds)
  return cards.map((attempt) => {
    const before: readonly CaseTry[] =
      attempt.invoiceId === null ? [] : (tries.get(attempt.invoiceId) ?? [])
    const own = before.filter(
      (one) => one.paymentMethodId === attempt.paymentMethodId && one.at < attempt.at,
    )
    const last = (reason: string): Instant | null =>
      own.findLast(({ decline }) => failureReasonOf(decline) === reason)?.at ?? null
    const { bin, country } = attempt
    return {
      traits: { bin, country, zone: zoneOfCountry(country) },
      gateway: attempt.gatewayId,
      at: attempt.at,
      failed: attempt.decline === null ? null : failureReasonOf(attempt.decline),
      isFirst: attempt.attemptNumber === 1,
      shortAt: last('funds'),
      refusedAt: last('refusal'),
    }
  })
}

/** The first id that could have been made at that time: ids ascend with real time. */
function idOf(realAt: Instant): Uuid {
  return uuidV7(realAt, new Uint8Array(10))
}

function toIds(stored: unknown): Uuid[] {
  assert(Array.isArray(stored), 'attempts that wait are a list')
  return stored.filter((id): id is Uuid => typeof id === 'string' && isUuid(id))
}
