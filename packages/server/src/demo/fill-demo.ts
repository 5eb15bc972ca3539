import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  addDays,
  instantFromMs,
  maxInstant,
  MS_PER_DAY,
  MS_PER_HOUR,
  type Instant,
} from '@perennial/core/time'
import { getAccount, type AccountRow } from '../modules/accounts/index.ts'
import { advanceClock, releaseClock, type BillingDeps } from '../modules/billing/index.ts'
import type { CommandContext } from '../platform/command/index.ts'
import { toOperatorContext } from '../operator-context.ts'
import { ensureCatalogue } from './catalogue.ts'
import { doDeed } from './do-deed.ts'
import { DEMO_DAYS, planDemo, type Moment } from './plan-demo.ts'
import { analyzeTables, findSubscriptionIds, turnClockBack } from './queries.ts'
import { signUpAll } from './sign-up.ts'

/** Work that a failed charge brings about is due a day later: everything within this is independent of the rest. */
const STRETCH_MS = 20 * MS_PER_HOUR

/** Moments; a stretch took 700 ms at the end without it, and 80 at the start. */
const ANALYZE_EVERY = 6

/** How far the demo is: days of its year. */
export type DemoProgress = { readonly doneDays: number; readonly totalDays: number }

export type DemoRun = {
  readonly accountId: Uuid
  readonly onProgress: (progress: DemoProgress) => void
}

/**
 * Fills a sandbox, which has to be marked as unfinished until this returns, with a year of a believable merchant's history, made by running the account's clock from a year ago to
 * the present through the real commands and the real card world. One that was interrupted goes on where its clock stands.
 */
export async function fillDemo(deps: BillingDeps, run: DemoRun): Promise<void> {
  const account = await getAccount(deps.database, run.accountId)
  const startsAt = startOf(account)
  const reachedAt = account.clock_held_at
  if (reachedAt === null) {
    const isTurned = await deps.database.statement((tx) => turnClockBack(tx, account.id, startsAt))
    assert(isTurned, 'a demo begins in a sandbox in which nothing has happened')
  }
  const demo = openDemo(deps, { account, run, startsAt, now: reachedAt ?? startsAt })
  const prices = await ensureCatalogue(demo.contextAt(demo.now()))
  const plan = planDemo(startsAt)
  const subscriptionIds = await findSubscribed(deps, { accountId: account.id, plan })
  for (const [index, moment] of plan.entries()) {
    if (reachedAt !== null && moment.at < reachedAt) continue
    if (index % ANALYZE_EVERY === 1) await deps.database.tx((tx) => analyzeTables(tx))
    await demo.advanceTo(moment.at)
    await signUpAll(deps, demo.contextAt, {
      moment,
      prices,
      subscriptionIds,
      isRepeated: moment.at === reachedAt,
    })
    await doDeeds(deps, demo.contextAt(moment.at), { moment, subscriptionIds })
  }
  await demo.advanceTo(maxInstant(deps.clock.now(), demo.now()))
  await deps.database.statement((tx) => releaseClock(tx, account.id))
}

/** A year before the account was made, on the hour, so that an interrupted demo finds the same plan again. */
function startOf(account: AccountRow): Instant {
  const dayMs = Math.floor(account.created_at / MS_PER_DAY) * MS_PER_DAY
  return addDays(instantFromMs(dayMs), -DEMO_DAYS)
}

/** Subscriptions by customer number: none yet, unless the demo was interrupted. */
async function findSubscribed(
  deps: BillingDeps,
  given: { readonly accountId: Uuid; readonly plan: readonly Moment[] },
): Promise<Map<number, Uuid>> {
  const idOf = await deps.database.statement((tx) => findSubscriptionIds(tx, given.accountId))
  const found = new Map<number, Uuid>()
  for (const { number, person } of given.plan.flatMap((moment) => moment.signUps)) {
    const id = idOf.get(person.customer.email)
    if (id !== undefined) found.set(number, id)
  }
  return found
}

type Demo = {
  readonly now: () => Instant
  readonly contextAt: (at: Instant) => CommandContext
  readonly advanceTo: (at: Instant) => Promise<void>
}

function openDemo(
  deps: BillingDeps,
  given: {
    readonly account: AccountRow
    readonly run: DemoRun
    readonly startsAt: Instant
    readonly now: Instant
  },
): Demo {
  const { account, run, startsAt } = given
  let now = given.now
  const contextAt = (at: Instant): CommandContext => toOperatorContext(deps, { account, now: at })
  return {
    now: () => now,
    contextAt,
    advanceTo: async (to) => {
      const { accountId, environment, account: settings } = contextAt(now)
      const scope = { accountId, environment, account: settings, request: null }
      const decision = await advanceClock(deps, scope, { from: now, to, stretchMs: STRETCH_MS })
      assert(
        decision.kind === 'accepted',
        'nobody else moves the clock of a demo that is being filled',
      )
      now = to
      const doneDays = Math.floor((to - startsAt) / MS_PER_DAY)
      run.onProgress({ doneDays: Math.min(doneDays, DEMO_DAYS), totalDays: DEMO_DAYS })
    },
  }
}

async function doDeeds(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly moment: Moment; readonly subscriptionIds: ReadonlyMap<number, Uuid> },
): Promise<void> {
  for (const deed of given.moment.deeds) {
    const subscriptionId = given.subscriptionIds.get(deed.number)
    // One who was cut off while signing up has none.
    if (subscriptionId !== undefined) await doDeed(deps, context, { deed, subscriptionId })
  }
}
