import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import type { AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  loadScope,
  retryParked,
  type BillingDeps,
} from '../../../server/src/modules/billing/index.ts'
import { listParked } from '../../../server/src/modules/subscriptions/index.ts'
import { systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { readRuns } from '../../../server/src/status/index.ts'
import { chooseAccounts, titleOf } from '../choose-accounts.ts'
import { withDatabase } from '../open-house.ts'
import { toRunJson } from '../status/show-status.ts'
import { toTable } from '../terminal/table.ts'
import { withProgress } from '../terminal/progress.ts'
import { withBilling } from '../with-billing.ts'

type Which = { readonly account: string | null; readonly isJson: boolean }

const RUNS_MAX = 10
const PARKED_MAX = 100

export async function listRuns(env: Environment, which: Which): Promise<void> {
  const told = await withDatabase(loadConfig(env), async ({ database }) => {
    const accounts: RunsOfAccount[] = []
    for (const account of await chooseAccounts(database, which.account)) {
      const runs = await readRuns(database, { accountId: account.id, limit: RUNS_MAX })
      const parked = await database.tx((tx) => listParked(tx, account.id, PARKED_MAX))
      accounts.push({ account, runs: runs.map(toRun), parked: parked.map(toParked) })
    }
    return accounts
  })
  print(told, which, linesOfRuns)
}

type RunsOfAccount = {
  readonly account: AccountRow
  readonly runs: readonly ReturnType<typeof toRun>[]
  readonly parked: readonly ReturnType<typeof toParked>[]
}

function toRun(run: Awaited<ReturnType<typeof readRuns>>[number]) {
  return { id: encodeId('renewal_run', run.id), ...toRunJson(run) }
}

function toParked({ id, parkedAt, reason }: Awaited<ReturnType<typeof listParked>>[number]) {
  return { subscription_id: encodeId('subscription', id), at: formatInstant(parkedAt), reason }
}

function linesOfRuns({ account, runs, parked }: RunsOfAccount): string[] {
  const head = ['  run', 'started', 'finished', 'due', 'renewed', 'failed', 'parked']
  const rows = runs.map(({ id, started_at, finished_at, fault: _told, ...counts }) => [
    `  ${id}`,
    started_at,
    finished_at ?? 'unfinished',
    ...Object.values(counts).map(String),
  ])
  return [
    titleOf(account),
    ...(rows.length === 0 ? ['  no runs yet'] : toTable([head, ...rows])),
    ...runs.flatMap(({ id, fault }) => (fault === null ? [] : [`  fault of ${id}: ${fault}`])),
    ...parked.map(
      ({ subscription_id, at, reason }) => `  parked ${subscription_id} at ${at}: ${reason}`,
    ),
  ]
}

export async function retryParkedOf(env: Environment, which: Which): Promise<void> {
  const config = loadConfig(env)
  const retried = await withDatabase(config, async ({ database }, log) => {
    const parkedOf: AccountRow[] = []
    for (const account of await chooseAccounts(database, which.account)) {
      const parked = await database.tx((tx) => listParked(tx, account.id, 1))
      if (parked.length > 0) parkedOf.push(account)
    }
    if (parkedOf.length === 0) return []
    return withBilling(config, { database, log }, (billing) =>
      withProgress('retrying parked subscriptions', () => retryAll(billing, parkedOf)),
    )
  })
  if (retried.length === 0 && !which.isJson) process.stdout.write('Nothing is parked.\n')
  else print(retried, which, linesOfRetried)
}

type Retried = {
  readonly account: AccountRow
  readonly retried: number
  readonly renewed: number
  readonly failed: number
  readonly parked: readonly { readonly subscription_id: string; readonly reason: string }[]
}

async function retryAll(billing: BillingDeps, accounts: readonly AccountRow[]): Promise<Retried[]> {
  const done: Retried[] = []
  for (const account of accounts) {
    const scope = await loadScope(billing, account.id)
    const now = scope.clockHeldAt ?? systemClock().now()
    const { unparked: retried, run } = await retryParked(billing, scope, { ids: null, now })
    const { renewed, failed } = run.done
    const parked = run.done.parked.map(({ id, reason }) => ({
      subscription_id: encodeId('subscription', id),
      reason,
    }))
    done.push({ account, retried, renewed, failed, parked })
  }
  return done
}

function linesOfRetried({ account, retried, renewed, failed, parked }: Retried): string[] {
  return [
    `${titleOf(account)}: ${retried} retried, ${renewed} renewed, ${failed} failed, ${parked.length} parked again`,
    ...parked.map(({ subscription_id, reason }) => `  ${subscription_id}: ${reason}`),
  ]
}

/** What was found of each account, for people or for programs. */
function print<OfAccount extends { readonly account: AccountRow }>(
  accounts: readonly OfAccount[],
  { isJson }: Which,
  toLines: (of: OfAccount) => string[],
): void {
  const told = accounts.map(({ account, ...rest }) => ({
    account_id: encodeId('account', account.id),
    name: account.name,
    environment: account.environment,
    ...rest,
  }))
  const text = isJson ? JSON.stringify(told, null, 2) : accounts.flatMap(toLines).join('\n')
  process.stdout.write(`${text}\n`)
}
