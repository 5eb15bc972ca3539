import type { Uuid } from '@perennial/core/ids'
import { systemClock, type Clock } from '../platform/clock/index.ts'
import type { Database, Tx } from '../platform/db/index.ts'
import type { Logger } from '../platform/log/index.ts'
import type { Check, VerifyScope } from './check.ts'
import { CHECKS } from './checks.ts'
import {
  adoptSnapshot,
  exportSnapshot,
  findProblems,
  prepareForWholeTables,
} from './queries/run-check.ts'

export type Problem = {
  /** Null for what concerns the whole database. */
  readonly accountId: Uuid | null
  readonly id: string
  readonly message: string
}

export type CheckResult = {
  readonly name: string
  /** What was checked, in one sentence. */
  readonly promise: string
  readonly ok: boolean
  /** How many things break it. */
  readonly count: number
  /** The first of them, at most `PROBLEMS_MAX`. */
  readonly problems: readonly Problem[]
}

export type Verification = { readonly ok: boolean; readonly checks: readonly CheckResult[] }

export type VerifySettings = {
  readonly database: Database
  readonly log: Logger
  /** The whole database when absent. */
  readonly accountId?: Uuid
  /** The system's when absent. */
  readonly clock?: Clock
  /** Told after every check, so that a long run can show how far it is. */
  readonly onChecked?: (result: CheckResult, of: { readonly total: number }) => void
}

export const PROBLEMS_MAX = 20

/** Reading whole tables is work for a processor; most machines have a second one. */
const LANES = 2

/**
 * Checks every promise about the data on one snapshot of the whole database, or of one account. Reads only; a
 * service that is running meanwhile is not held up.
 */
export async function verifyDatabase(settings: VerifySettings): Promise<Verification> {
  const clock = settings.clock ?? systemClock()
  const scope = { accountId: settings.accountId ?? null, realNow: clock.now() }
  const startedMs = clock.monotonicMs()
  const checks = await runInLanes(settings, scope)
  const broken = checks.filter((check) => !check.ok)
  const ms = Math.round(clock.monotonicMs() - startedMs)
  settings.log[broken.length === 0 ? 'info' : 'error'](
    { accountId: scope.accountId, ms, broken: broken.map((check) => check.name) },
    'database verified',
  )
  return { ok: broken.length === 0, checks }
}

/** All checks on one snapshot, several at a time, each lane on a connection of its own. */
async function runInLanes(settings: VerifySettings, scope: VerifyScope): Promise<CheckResult[]> {
  const { database, onChecked } = settings
  const isolation = { isolation: 'repeatable read' } as const
  const waiting = CHECKS.values()
  const results = new Map<Check, CheckResult>()
  const lane = async (tx: Tx): Promise<void> => {
    await prepareForWholeTables(tx)
    for (const check of waiting) {
      const result = await runCheck(tx, scope, check)
      results.set(check, result)
      onChecked?.(result, { total: CHECKS.length })
    }
  }
  await database.tx(async (tx) => {
    const snapshot = await exportSnapshot(tx)
    const other = async (own: Tx): Promise<void> => {
      await adoptSnapshot(own, snapshot)
      await lane(own)
    }
    const others = Array.from({ length: LANES - 1 }, () => database.tx(other, isolation))
    await Promise.all([lane(tx), ...others])
  }, isolation)
  return CHECKS.flatMap((check) => results.get(check) ?? [])
}

/** All checks in the caller's transaction. */
export async function runChecks(tx: Tx, scope: VerifyScope): Promise<CheckResult[]> {
  await prepareForWholeTables(tx)
  const results: CheckResult[] = []
  for (const check of CHECKS) results.push(await runCheck(tx, scope, check))
  return results
}

async function runCheck(tx: Tx, scope: VerifyScope, check: Check): Promise<CheckResult> {
  const rows = await findProblems(tx, { check, scope, limit: PROBLEMS_MAX })
  const problems = rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    message: row.message,
  }))
  const count = Number(rows[0]?.count ?? 0n)
  return { name: check.name, promise: check.promise, ok: count === 0, count, problems }
}
