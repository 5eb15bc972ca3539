import { assert } from '@perennial/core/fault'
import { verifyDatabase } from '../../packages/server/src/verify/index.ts'
import { compareWithAudit } from './compare-with-audit.ts'
import { createChance } from './chance.ts'
import { NO_FAULTS } from './life.ts'
import { LEASE_MS, type SimulatedHouse } from './simulated-house.ts'
import { openStage, pickObject, succeed, type Stage } from './stage.ts'
import { playSteps } from './play-steps.ts'
import { work } from './steps/time.ts'

export type SeedResult = {
  readonly seed: number
  /** Sentences; none = everything held. */
  readonly problems: readonly string[]
  /** With what was done, one line a step. */
  readonly stage: Stage
}

/** Far from every seed that is run. */
const BESIDE = 1_000_000_007

const FAULTS = { crashProbability: 0.25, lossProbability: 0.15 }

/** One seed: a merchant's months with crashes and lost answers, then peace, then every promise is checked. */
export async function runSeed(house: SimulatedHouse, seed: number): Promise<SeedResult> {
  const stage = await openStage(house, createChance(seed), FAULTS)
  const problems = await problemsOf(async () => {
    await playSteps(stage, createChance(seed + BESIDE))
    await bringToRest(stage)
    return findProblems(stage)
  })
  return { seed, problems, stage }
}

/** What it finds, or what it throws. */
async function problemsOf(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await find()
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

/** Faults are over: leases run out, lost answers are found, slow payments settle. */
async function bringToRest(stage: Stage): Promise<void> {
  if (stage.chance.happens(0.3)) await cancelOne(stage)
  stage.house.moveOn(LEASE_MS + 1)
  stage.log.push('faults are over')
  await work(stage, { workers: 1, faults: NO_FAULTS })
  const advance = { method: 'POST', path: '/test-clock/advance' } as const
  await succeed(stage, { ...advance, body: { days: 1 + stage.chance.below(12) } })
  stage.house.moveOn(LEASE_MS + 1)
  await work(stage, { workers: 1, faults: NO_FAULTS })
}

async function cancelOne(stage: Stage): Promise<void> {
  const id = await pickObject(stage, 'subscriptions')
  if (id === null) return
  const { house, account } = stage
  await house.app.inject({
    method: 'POST',
    url: `/v2/subscriptions/${id}/cancel`,
    headers: { 'x-api-key': account.apiKey, 'content-type': 'application/json' },
    payload: JSON.stringify({ mode: 'immediately' }),
  })
}

async function findProblems(stage: Stage): Promise<string[]> {
  const { house, account } = stage
  const listUnsettled = (table: 'payment_attempts' | 'outside_attempts') =>
    house.database.kysely
      .selectFrom(table)
      .select(['id', 'state'])
      .where('account_id', '=', account.id)
      .where('state', 'in', ['sending', 'unknown'])
      .execute()
  const attempts = [
    ...(await listUnsettled('payment_attempts')),
    ...(await listUnsettled('outside_attempts')),
  ]
  const edits = await house.database.kysely
    .selectFrom('subscription_edits')
    .select(['id', 'status'])
    .where('account_id', '=', account.id)
    .where('status', 'in', ['previewing', 'running'])
    .execute()
  return [
    ...attempts.map(({ id, state }) => `attempt ${id} is still ${state}`),
    ...edits.map(({ id, status }) => `edit ${id} is still ${status}`),
    ...(await compareWithAudit(stage)),
  ]
}

/** What `perennial verify` finds, added to the seeds that it is about: planning its checks for each takes as long as a seed. */
export async function addVerified(
  house: SimulatedHouse,
  results: readonly SeedResult[],
): Promise<SeedResult[]> {
  const caughtUp: SeedResult[] = []
  for (const result of results) caughtUp.push(await catchUp(result))
  const { checks } = await verifyDatabase({ ...house, clock: house.billing.clock })
  assert(checks.length > 0, 'there is something to check')
  const found = checks.flatMap(({ name, problems }) =>
    problems.map(({ id, message, accountId }) => ({
      accountId,
      text: `${name} ${id}: ${message}`,
    })),
  )
  return caughtUp.map((result, index) => {
    const isLast = index === results.length - 1
    // What is about no account is told with the last seed.
    const own = found.filter(({ accountId }) =>
      accountId === null ? isLast : accountId === result.stage.account.id,
    )
    return { ...result, problems: [...result.problems, ...own.map(({ text }) => text)] }
  })
}

/** Later seeds have moved real time on: what was to be tried again by now has its turn, as every worker would give it. */
async function catchUp(result: SeedResult): Promise<SeedResult> {
  const faults = await problemsOf(async () => {
    await work(result.stage, { workers: 1, faults: NO_FAULTS })
    return []
  })
  return { ...result, problems: [...result.problems, ...faults] }
}
