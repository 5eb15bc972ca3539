import type { Uuid } from '@perennial/core/ids'
import {
  buildModel,
  emptyEvidence,
  keepWatch,
  unpackSegment,
  type Evidence,
  type PlannerModel,
  type Watch,
  type Watches,
} from '@perennial/core/recovery'
import { MS_PER_DAY, type Instant } from '@perennial/core/time'
import type { Database, Tx } from '../../../platform/db/index.ts'
import {
  findLearning,
  type LearningKey,
  type LearningRow,
  type LearningTables,
  listSegments,
  OWN_TABLES,
} from './queries.ts'

/** What an account's attempts have taught, as it is in memory. */
export type AccountEvidence = {
  readonly version: bigint
  readonly evidence: Evidence
  readonly watches: Watches
}

type Kept = AccountEvidence & { readonly model: PlannerModel | null }

const keptOf = new WeakMap<Database, Map<string, Kept>>()
const ACCOUNTS_KEPT = 200

export function keep(database: Database, key: LearningKey, known: Kept): void {
  const all = keptOf.get(database) ?? new Map<string, Kept>()
  keptOf.set(database, all)
  all.delete(nameOf(key))
  const oldest = all.size >= ACCOUNTS_KEPT ? all.keys().next().value : undefined
  if (oldest !== undefined) all.delete(oldest)
  all.set(nameOf(key), known)
}

function nameOf({ accountId, tables }: LearningKey): string {
  return `${accountId} ${tables.learning}`
}

/** What is in memory is no longer what is stored. */
export function forget(database: Database, key: LearningKey): void {
  keptOf.get(database)?.delete(nameOf(key))
}

export function findKept(database: Database, key: LearningKey): Kept | null {
  return keptOf.get(database)?.get(nameOf(key)) ?? null
}

/** From memory where it is the stored version, otherwise read anew. */
export async function readEvidence(
  database: Database,
  tx: Tx,
  of: LearningKey & { readonly row: LearningRow },
): Promise<Kept> {
  const { row } = of
  const kept = findKept(database, of)
  if (kept?.version === row.version) return kept
  const { evidence, watches } = fromStored(row)
  for (const stored of await listSegments(tx, of))
    evidence.segments.set(stored.key, unpackSegment(stored))
  return { version: row.version, evidence, watches, model: null }
}

/**
 * What the planner believes of an account's cards: made anew each day of the account's time. Nothing has been learned
 * while nobody has planned anything yet.
 */
export async function plannerModelOf(
  deps: { readonly database: Database },
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly at: Instant
    /** Absent: of its own bills. */
    readonly tables?: LearningTables
  },
): Promise<PlannerModel> {
  const { accountId, at, tables = OWN_TABLES } = of
  const key = { accountId, tables }
  const row = await findLearning(tx, key)
  if (row === null) return buildModel(emptyEvidence(), at)
  const known = await readEvidence(deps.database, tx, { ...key, row })
  const { model } = known
  if (model !== null && dayOf(model.builtAt) === dayOf(at)) return model
  const fresh = buildModel(known.evidence, at)
  keep(deps.database, key, { ...known, model: fresh })
  return fresh
}

function dayOf(at: Instant): number {
  return Math.floor(at / MS_PER_DAY)
}

type StoredGateway = {
  readonly id: string
  readonly failures: number
  readonly tries: number
  readonly at: number
  /** One a currency; absent in what was written before there were any. */
  readonly watches?: readonly Watch[]
}

/** Gateways, and what they approve, as JSON. */
export function toStoredGateways({
  evidence,
  watches,
}: Omit<AccountEvidence, 'version'>): StoredGateway[] {
  const watchesOf = Map.groupBy(watches.values(), ({ gateway }) => gateway)
  const ids = new Set([...evidence.gateways.keys(), ...watchesOf.keys()])
  return [...ids].map((id) => {
    const { failures = 0, tries = 0, at = 0 } = evidence.gateways.get(id) ?? {}
    return { id, failures, tries, at, watches: watchesOf.get(id) ?? [] }
  })
}

function fromStored(row: LearningRow): Omit<AccountEvidence, 'version'> {
  // As they were written by `toStoredGateways`.
  const gateways = row.gateways as readonly StoredGateway[]
  const evidence = { ...emptyEvidence(), attempts: Number(row.attempts) }
  const watches: Watches = new Map()
  for (const { id, failures, tries, at, watches: own = [] } of gateways) {
    evidence.gateways.set(id, { failures, tries, at })
    for (const watch of own) keepWatch(evidence, watches, watch)
  }
  return { evidence, watches }
}
