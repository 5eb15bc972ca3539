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
import { chooseAccounts } from '../choose-accounts.ts'
import { withDatabase } from '../open-house.ts'
import { toTable } from '../terminal/table.ts'
import { withProgress } from '../terminal/progress.ts'
import { withBilling } from '../with-billing.ts'

type Which = { readonly account: string | null }

const RUNS_MAX = 10
const PARKED_MAX = 100

export async function listRuns(env: Environment, which: Which): Promise<void> {
  const text = await withDatabase(loadConfig(env), async ({ database }) => {
    const parts: string[] = []
    for (const account of await chooseAccounts(database, which.account)) {
      const runs = await readRuns(database, { accountId: account.id, limit: RUNS_MAX })
      const parked = await database.tx((tx) => listParked(tx, account.id, PARKED_MAX))
      const rows = runs.map((run) => [
        encodeId('renewal_run', run.id),
        formatInstant(run.startedAt),
        run.finishedAt === null ? 'unfinished' : formatInstant(run.finishedAt),
        ...[run.due, run.renewed, run.failed, run.parked].map(String),
      ])
      const head = ['  run', 'started', 'finished', 'due', 'renewed', 'failed', 'parked']
      parts.push(
        titleOf(account),
        ...(rows.length === 0
          ? ['  no runs yet']
          : toTable([head, ...rows.map(([id = '', ...rest]) => [`  ${id}`, ...rest])])),
        ...parked.map(
          ({ id, parkedAt, reason }) =>
            `  parked ${encodeId('subscription', id)} at ${formatInstant(parkedAt)}: ${reason}`,
        ),
      )
    }
    return parts.join('\n')
  })
  process.stdout.write(`${text}\n`)
}

export async function retryParkedOf(env: Environment, which: Which): Promise<void> {
  const config = loadConfig(env)
  const lines = await withDatabase(config, async ({ database }, log) => {
    const parkedOf: AccountRow[] = []
    for (const account of await chooseAccounts(database, which.account)) {
      const parked = await database.tx((tx) => listParked(tx, account.id, 1))
      if (parked.length > 0) parkedOf.push(account)
    }
    if (parkedOf.length === 0) return ['Nothing is parked.']
    return withBilling(config, { database, log }, (billing) =>
      withProgress('retrying parked subscriptions', () => retryAll(billing, parkedOf)),
    )
  })
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function retryAll(billing: BillingDeps, accounts: readonly AccountRow[]): Promise<string[]> {
  const lines: string[] = []
  for (const account of accounts) {
    const scope = await loadScope(billing, account.id)
    const now = scope.clockHeldAt ?? systemClock().now()
    const { unparked, run } = await retryParked(billing, scope, { ids: null, now })
    const { renewed, failed, parked } = run.done
    lines.push(
      `${titleOf(account)}: ${unparked} retried, ${renewed} renewed, ${failed} failed, ${parked.length} parked again`,
      ...parked.map(({ id, reason }) => `  ${encodeId('subscription', id)}: ${reason}`),
    )
  }
  return lines
}

function titleOf(account: AccountRow): string {
  return `${account.name}, ${account.environment} (${encodeId('account', account.id)})`
}
