import { readFile } from 'node:fs/promises'
import { messageOf } from '@perennial/core/fault'
import type { AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  importSettlement,
  readSettlementFile,
  settlementErrors,
  toWireSettlement,
  type BillingDeps,
  type FileProblem,
  type WireSettlement,
} from '../../../server/src/modules/billing/index.ts'
import { findGatewayByName } from '../../../server/src/modules/payments/reconciliation/index.ts'
import { toOperatorContext } from '../../../server/src/operator-context.ts'
import { accountNow, systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { createBilling } from '../../../server/src/service.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'
import { toTable } from '../terminal/table.ts'

export type SettlementWish = {
  readonly file: string
  /** Id; the one account that has such a gateway when null. */
  readonly account: string | null
  /** Code or id. */
  readonly gateway: string
  readonly isPreview: boolean
  readonly isJson: boolean
}

type Desk = {
  readonly billing: BillingDeps
  readonly account: AccountRow
  readonly gateway: NonNullable<Awaited<ReturnType<typeof findGatewayByName>>>
}

/** What is printed. */
export type Told = { readonly text: string; readonly exitCode: number }

/** Hands a gateway's settlement in from a file: all of it, or nothing. The exit code is 1 where it leaves a difference. */
export async function importSettlementFile(env: Environment, wish: SettlementWish): Promise<Told> {
  const text = await readText(wish.file)
  const told = await withProgress('reading the settlement', () =>
    withDatabase(loadConfig(env), async ({ database }, log) => {
      const billing = createBilling({ database, log, worldUrl: null })
      return handIn(await findDesk(billing, wish), text, wish)
    }),
  )
  const isWhole = told.unmatched_count === 0 && told.differences_opened === 0
  const shown = wish.isJson ? JSON.stringify(told, null, 2) : settlementText(told)
  return { text: shown, exitCode: isWhole ? 0 : 1 }
}

async function handIn(
  { billing, account, gateway }: Desk,
  text: string,
  { file: path, isPreview }: SettlementWish,
): Promise<WireSettlement> {
  const vendor = billing.vendors.find(({ kind }) => kind === gateway.kind)
  const file = readSettlementFile(text, vendor?.settlement?.report ?? null)
  if (file.kind === 'refused') throw new CommandError(notTaken(path, file.problems))
  const now = accountNow({ clockHeldAt: account.clock_held_at }, systemClock().now())
  const context = toOperatorContext(billing, { account, now })
  const request = { gatewayId: gateway.id, rows: file.rows, isPreview }
  const decision = await importSettlement(billing, context, request)
  if (decision.kind === 'accepted') return toWireSettlement(decision.value, request)
  if (decision.problems === undefined)
    throw new CommandError(settlementErrors[decision.code].message)
  const problems = decision.problems.map(({ row, field, message }) => ({
    line: file.lines[row - 1] ?? 1,
    column: field,
    message,
  }))
  throw new CommandError(notTaken(path, problems))
}

/** One line for each thing that is wrong, by where it stands in the file. */
function notTaken(path: string, problems: readonly FileProblem[]): string {
  const lines = problems.map(({ line, column, message }) => {
    const where = column === null ? `line ${line}` : `line ${line}, ${column}`
    return `  ${where}: ${message}`
  })
  return [`${path}: nothing was taken.`, ...lines].join('\n')
}

async function findDesk(billing: BillingDeps, wish: SettlementWish): Promise<Desk> {
  const found: Desk[] = []
  for (const account of await chooseAccounts(billing.database, wish.account)) {
    const named = { accountId: account.id, name: wish.gateway }
    const gateway = await billing.database.tx((tx) => findGatewayByName(tx, named))
    if (gateway !== null) found.push({ billing, account, gateway })
  }
  const [desk] = found
  if (desk === undefined)
    throw new CommandError(
      `there is no gateway ${wish.gateway}: bin/perennial status lists accounts`,
    )
  if (found.length > 1)
    throw new CommandError(
      `${found.length} accounts have a gateway ${wish.gateway}: name one with --account`,
    )
  return desk
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = messageOf(error)
    throw new CommandError(`"${file}" cannot be read: ${reason}`)
  }
}

/** What people read. */
function settlementText(told: WireSettlement): string {
  const done = told.preview ? 'would be new' : 'are new and booked'
  const head = `${told.rows} rows: ${told.new_lines} lines ${done}, ${told.matched} matched.`
  const money = ({ currency, ...sums }: WireSettlement['payouts'][number]) =>
    [sums.gross_amount_minor, sums.fees_amount_minor, sums.net_amount_minor].map(
      (minor) => `${minor} ${currency}`,
    )
  const payouts = told.payouts.map((payout) => [payout.payout_id, ...money(payout)])
  const table =
    payouts.length === 0
      ? []
      : toTable([['payout', 'gross', 'fees', 'net (minor units)'], ...payouts])
  const left = told.unmatched.map(
    ({ row, kind, gateway_reference: reference }) =>
      `row ${row}: nothing of ours stands behind the ${kind} of ${reference ?? 'no charge'}`,
  )
  const more = told.unmatched_count - left.length
  const rest = more > 0 ? [`and ${more} more rows`] : []
  const last = told.preview ? ['Nothing was booked: leave --dry-run out to do it.'] : []
  return [head, ...table, ...left, ...rest, ...last].join('\n')
}
