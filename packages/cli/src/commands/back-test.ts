import { formatMoney, parseCurrency, type Currency } from '@perennial/core/money'
import type { TestedPolicy } from '@perennial/core/recovery'
import { addDays, addMs } from '@perennial/core/time'
import { toAccountContext, type AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  BACK_TEST_DAYS,
  notesOn,
  POLICIES_MAX,
  problemOfPeriod,
  readTestedPolicy,
  runBackTest,
  toWireBackTest,
  type OwnBackTest,
} from '../../../server/src/modules/recovery/index.ts'
import { accountNow, systemClock } from '../../../server/src/platform/clock/index.ts'
import type { Database } from '../../../server/src/platform/db/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { startProgress } from '../terminal/progress.ts'
import { readInstant } from '../terminal/read-instant.ts'
import { toTable } from '../terminal/table.ts'

export type BackTestOptions = {
  readonly account?: string
  readonly policies: string
  readonly from?: string
  readonly to?: string
  readonly currency?: string
  readonly json?: true
}

/** Replays policies over an account's own failed payments and prints what they would have won. */
export async function printBackTest(env: Environment, options: BackTestOptions): Promise<void> {
  const names = options.policies.split(' ').filter((name) => name !== '')
  const policies = names.map(readPolicy)
  if (policies.length === 0 || policies.length > POLICIES_MAX)
    throw new CommandError(`--policies: name 1 to ${POLICIES_MAX} of them.`)
  const progress = startProgress('replaying the past')
  const text = await withDatabase(loadConfig(env), async ({ database }) => {
    const account = await pickAccount(database, options.account ?? null)
    const now = accountNow({ clockHeldAt: account.clock_held_at }, systemClock().now())
    const to = options.to === undefined ? addMs(now, 1) : readInstant('--to', options.to)
    const from = options.from === undefined ? addDays(to, -BACK_TEST_DAYS) : readInstant('--from', options.from) // prettier-ignore
    const problem = problemOfPeriod({ from, to })
    if (problem !== null) throw new CommandError(`--from: ${problem}`)
    const currency = readCurrency(options.currency) ?? toAccountContext(account).currency
    const of = { accountId: account.id, policies, from, to, currency, now }
    const tested = await runBackTest((work) => database.tx(work), of)
    return options.json === true
      ? JSON.stringify(toWireBackTest(tested, { names, from, to, currency }), null, 2)
      : describe(tested, { names, currency })
  })
  progress.end()
  process.stdout.write(`${text}\n`)
}

function readPolicy(text: string): TestedPolicy {
  const policy = readTestedPolicy(text)
  if (policy === null)
    throw new CommandError(`"${text}" is no policy: give none, ladder, planner, fixed:DAYS or planner:DAYS, such as fixed:1,3,5,7.`) // prettier-ignore
  return policy
}

function readCurrency(text: string | undefined): Currency | null {
  if (text === undefined) return null
  const currency = parseCurrency(text)
  if (currency === null) throw new CommandError(`--currency ${text} is no ISO 4217 currency.`)
  return currency
}

/** The only account with anything to tell, unless one is named: the sandbox of the first merchant. */
async function pickAccount(database: Database, named: string | null): Promise<AccountRow> {
  const accounts = await chooseAccounts(database, named)
  const [first] = accounts.filter(({ environment }) => named !== null || environment === 'sandbox')
  if (first === undefined) throw new CommandError('there is no account yet: run npm start first')
  return first
}

function describe(
  tested: OwnBackTest,
  given: { readonly names: readonly string[]; readonly currency: Currency },
): string {
  const money = (minor: bigint): string =>
    formatMoney({ amountMinor: minor, currency: given.currency })
  const hasFees = tested.results.some(({ feesMinor }) => feesMinor > 0n)
  const rows = tested.results.map((result, index) => [
    given.names[index] ?? '',
    money(result.recoveredMinor),
    ...(hasFees ? [money(result.recoveredMinor - result.feesMinor)] : []),
    `${money(result.lowMinor)} to ${money(result.highMinor)}`,
    String(Math.round(result.tries)),
    `${Math.round(result.nearShare * 100)} %`,
  ])
  const net = hasFees ? ['less fees'] : []
  const head = ['policy', 'would win', ...net, '90 of 100 samples', 'retries', 'near real ones']
  return [
    `${tested.cases} failed payments of ${money(tested.failedMinor)}; retries really won ${money(tested.actualMinor)} with ${tested.actualTries}.`,
    ...toTable([head, ...rows]),
    ...notesOn(tested).map((note) => `- ${note}`),
  ].join('\n')
}
