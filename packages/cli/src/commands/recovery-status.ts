import { encodeId } from '@perennial/core/ids'
import { toAccountContext, type AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  GROUPS,
  problemOfStart,
  readRecoveryCohorts,
  readRecoveryNumbers,
  toPeriod,
} from '../../../server/src/modules/analytics/index.ts'
import { accountNow, systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import type { Database, Tx } from '../../../server/src/platform/db/index.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { describeRecovery, type RecoveryOfAccount } from '../status/show-recovery.ts'
import { withProgress } from '../terminal/progress.ts'
import { readInstant } from '../terminal/read-instant.ts'

export type RecoveryStatusOptions = {
  readonly account?: string
  readonly from?: string
  readonly to?: string
  readonly json?: true
}

/** Of our own subscriptions, and of what other billers handed over: never in one sum. */
const SOURCES = ['own', 'outside'] as const

/** Prints what failed payments came to, as `/v2/analytics/recovery/*` tells it, with every grouping. */
export async function printRecoveryStatus(
  env: Environment,
  options: RecoveryStatusOptions,
): Promise<void> {
  const told = await withDatabase(loadConfig(env), async ({ database }) => {
    const accounts = await chooseAccounts(database, options.account ?? null)
    return withProgress('adding up recoveries', async (progress) => {
      const recoveries: RecoveryOfAccount[] = []
      for (const account of accounts) {
        progress.tell(`${recoveries.length} of ${accounts.length} accounts`)
        recoveries.push(await readRecovery(database, account, options))
      }
      return recoveries
    })
  })
  const text =
    options.json === true
      ? JSON.stringify({ accounts: told }, null, 2)
      : told.map(describeRecovery).join('\n\n')
  process.stdout.write(`${text}\n`)
}

/** All of it from one snapshot. */
async function readRecovery(
  database: Database,
  account: AccountRow,
  options: RecoveryStatusOptions,
): Promise<RecoveryOfAccount> {
  const now = accountNow({ clockHeldAt: account.clock_held_at }, systemClock().now())
  const asked = {
    from: options.from === undefined ? undefined : readInstant('--from', options.from),
    to: options.to === undefined ? undefined : readInstant('--to', options.to),
  }
  const problem = problemOfStart(toPeriod(asked, now))
  if (problem !== null) throw new CommandError(`--from: ${problem}`)
  const sources = await database.tx(
    async (tx) => {
      const read: RecoveryOfAccount['sources'][number][] = []
      for (const source of SOURCES)
        read.push(await readSource(tx, account, toPeriod({ ...asked, source }, now)))
      return read
    },
    { isolation: 'repeatable read' },
  )
  const { id, name, environment } = account
  return { account_id: encodeId('account', id), name, environment, sources }
}

async function readSource(
  tx: Tx,
  account: AccountRow,
  period: ReturnType<typeof toPeriod>,
): Promise<RecoveryOfAccount['sources'][number]> {
  const { id } = account
  const all = await readRecoveryNumbers(tx, id, { period, group: null })
  const { source } = all
  // Where nothing failed there is nothing to tell apart.
  if (all.groups.length === 0) return { source, summary: all, by: [], cohorts: null }
  const by: RecoveryOfAccount['sources'][number]['by'][number][] = []
  for (const group of GROUPS) by.push(await readRecoveryNumbers(tx, id, { period, group }))
  const { timezone: zone } = toAccountContext(account)
  return { source, summary: all, by, cohorts: await readRecoveryCohorts(tx, id, { period, zone }) }
}
