import { assert, messageOf } from '@perennial/core/fault'
import { isUuid, uuidV7, type Uuid } from '@perennial/core/ids'
import { dropRareSegments, learnWatchfully, packSegment } from '@perennial/core/recovery'
import { addDays, addMs, type Instant } from '@perennial/core/time'
import type { Clock } from '../../../platform/clock/index.ts'
import { DatabaseOutage, type Database } from '../../../platform/db/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'
import type { Logger } from '../../../platform/log/index.ts'
import {
  forget,
  keep,
  readEvidence,
  toStoredGateways,
  type AccountEvidence,
} from './account-evidence.ts'
import type { Lessons, TeachingCharge } from './lessons.ts'
import { OWN_CHARGES } from './own-charges.ts'
import { lockLearning, saveLearning, saveSegments } from './queries.ts'
import { tellOutages } from './tell-outages.ts'

/** What is older has faded, whoever learns it. */
const DAYS_BACK = 75
/** An attempt gets its id at most so long before it can be read. */
const LAG_MS = 60_000
const BATCH = 2_000
/** What one call learns at most; the next goes on there. */
const BATCHES_MAX = 10
/** Charges without an answer that are looked at again. */
const WAITING_MAX = 1_000

type LearnDeps = { readonly database: Database; readonly clock: Clock; readonly ids: Ids }
type Of = { readonly accountId: Uuid; readonly at: Instant }

/** Learns from the account's own charges. */
export function learnAttempts(deps: LearnDeps, of: Of): Promise<void> {
  return learnFrom(deps, OWN_CHARGES, of)
}

/** What was learned makes a recovery better; that nothing could be learned keeps nobody's money waiting. */
export async function unlessBroken(
  deps: { readonly log: Logger },
  accountId: Uuid,
  learning: Promise<void>,
): Promise<void> {
  try {
    await learning
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    const reason = messageOf(error)
    deps.log.error({ accountId, reason }, 'nothing learned from charges')
  }
}

/**
 * Learns from the charges that were made since the last time, in bounded batches beside everything else, so that nobody
 * who bills has to. Each batch is one transaction with how far it came: a crash loses nothing, and nothing is learned
 * twice. Somebody else who learns for the account is left to it.
 */
export async function learnFrom<Charge extends TeachingCharge>(
  deps: LearnDeps,
  lessons: Lessons<Charge>,
  of: Of,
): Promise<void> {
  const { tables } = lessons
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const learned = await learnBatch(deps, lessons, of).catch((error: unknown) => {
      forget(deps.database, { accountId: of.accountId, tables })
      throw error
    })
    if (learned < BATCH) return
  }
}

async function learnBatch<Charge extends TeachingCharge>(
  deps: LearnDeps,
  lessons: Lessons<Charge>,
  { accountId, at }: Of,
): Promise<number> {
  const { database, clock } = deps
  const { tables, source } = lessons
  const key = { accountId, tables }
  const realNow = clock.now()
  return database.tx(async (tx) => {
    const from = idOf(addDays(realNow, -DAYS_BACK))
    const row = await lockLearning(tx, key, { from, at })
    if (row === null) return 0
    const until = idOf(addMs(realNow, -LAG_MS))
    const after = row.learned_to > from ? row.learned_to : from
    const fresh = await lessons.listAfter(tx, accountId, { after, until, limit: BATCH })
    const late = await lessons.listByIds(tx, accountId, toIds(row.waiting))
    const settled = [...late, ...fresh].filter((attempt) => attempt.isSettled)
    if (fresh.length === 0 && settled.length === 0) return 0
    const known = await readEvidence(database, tx, { ...key, row })
    const seen = await lessons.toEvidence(tx, accountId, settled)
    const before = countsOf(known)
    const suspected = new Map(known.evidence.outages)
    for (const each of seen) learnWatchfully(known.evidence, known.watches, each)
    const waiting = [...late, ...fresh].filter((attempt) => !attempt.isSettled)
    const version = row.version + 1n
    await saveSegments(tx, key, { ...changedSegments(known, before), at })
    await saveLearning(tx, key, {
      version,
      learned_to: fresh.at(-1)?.id ?? row.learned_to,
      waiting: waiting.slice(-WAITING_MAX).map((attempt) => attempt.id),
      gateways: toStoredGateways(known),
      attempts: BigInt(known.evidence.attempts),
      at,
    })
    const outages = { before: suspected, after: known.evidence.outages }
    await tellOutages(deps, tx, { accountId, source, ...outages, at })
    keep(database, key, { ...known, version })
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

/** The first id that could have been made at that time: ids ascend with real time. */
function idOf(realAt: Instant): Uuid {
  return uuidV7(realAt, new Uint8Array(10))
}

function toIds(stored: unknown): Uuid[] {
  assert(Array.isArray(stored), 'attempts that wait are a list')
  return stored.filter((id): id is Uuid => typeof id === 'string' && isUuid(id))
}
