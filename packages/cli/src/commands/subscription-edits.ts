import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeId, encodeId, type Uuid } from '@perennial/core/ids'
import { formatMoney, parseCurrency } from '@perennial/core/money'
import type { AccountRow } from '../../../server/src/modules/accounts/index.ts'
import type { BillingDeps } from '../../../server/src/modules/billing/index.ts'
import {
  EDIT_ROWS_MAX,
  confirmEdit,
  editErrors,
  previewEdit,
  previewUndo,
  readEdit,
  readEditJson,
  readEditRows,
  toWireEdit,
  toWireRow,
  type EditRecord,
  workOnEdit,
  workOnReview,
} from '../../../server/src/modules/subscription-edits/index.ts'
import { toOperatorContext } from '../../../server/src/operator-context.ts'
import { accountNow, systemClock } from '../../../server/src/platform/clock/index.ts'
import type { CommandContext } from '../../../server/src/platform/command/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { acceptedOr, ApiRefusal } from '../../../server/src/platform/http/index.ts'
import { createBilling } from '../../../server/src/service.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { startProgress, type Progress } from '../terminal/progress.ts'
import { toTable } from '../terminal/table.ts'

export type EditOptions = {
  readonly account?: string
  readonly rows?: string
  readonly json?: true
}

type Desk = {
  readonly billing: BillingDeps
  readonly context: CommandContext
  readonly progress: Progress
}
type Shown = ReturnType<typeof toWireEdit>

const ROWS_SHOWN = 20
const ROWS_MAX = 1_000

/** Reviews what a file asks for: the body of `POST /v2/subscription-edits`; "-" is standard input. */
export async function previewEditFile(
  env: Environment,
  file: string,
  options: EditOptions,
): Promise<void> {
  const json = parseJson(file, file === '-' ? await readAll(process.stdin) : await readText(file))
  await atDesk(env, options, 'reviewing', async (desk) => {
    const request = readEditJson(desk.context, json)
    const edit = acceptedOr(await previewEdit(desk.context, request), editErrors)
    return finishReview(desk, edit)
  })
}

export async function showEdit(env: Environment, id: string, options: EditOptions): Promise<void> {
  await atDesk(env, options, 'reading', async () => readId(id))
}

/** Confirms a review and does it, beside the worker of a service that runs. */
export async function confirmAndWork(
  env: Environment,
  given: { readonly id: string; readonly token: string; readonly limit: string | null },
  options: EditOptions,
): Promise<void> {
  const id = readId(given.id)
  const limit = given.limit === null ? null : readCount('--limit', given.limit, EDIT_ROWS_MAX)
  await atDesk(env, options, 'changing subscriptions', async ({ billing, context }) => {
    const request = { id, reviewToken: given.token, limit }
    acceptedOr(await confirmEdit(context, request), editErrors)
    await workOnEdit(billing, { accountId: context.accountId, id })
    return id
  })
}

export async function previewEditUndo(
  env: Environment,
  id: string,
  options: EditOptions,
): Promise<void> {
  await atDesk(env, options, 'reviewing', async (desk) => {
    const undo = acceptedOr(await previewUndo(desk.context, readId(id)), editErrors)
    return finishReview(desk, undo)
  })
}

const ASKED_EVERY_MS = 500

/** Goes on with a long review until it is there, or waits for the worker of a service that has it. */
async function finishReview(
  { billing, context, progress }: Desk,
  begun: EditRecord,
): Promise<Uuid> {
  const { accountId } = context
  const { id } = begun
  const onPart = ({ counts, matching }: EditRecord): void =>
    progress.tell(`${counts.loaded} of ${matching ?? counts.loaded} subscriptions`)
  for (let edit = begun; edit.status === 'previewing';) {
    onPart(edit)
    await workOnReview(billing, { accountId, id, onPart })
    const shown = await readEdit(context, id)
    if (shown === null) break
    edit = shown.edit
    if (edit.status === 'previewing') await sleep(ASKED_EVERY_MS)
  }
  return id
}

/** Does the work and prints the edit that it names. */
async function atDesk(
  env: Environment,
  options: EditOptions,
  title: string,
  work: (desk: Desk) => Promise<Uuid>,
): Promise<void> {
  const rowsShown =
    options.rows === undefined ? ROWS_SHOWN : readCount('--rows', options.rows, ROWS_MAX)
  const progress = startProgress(title)
  try {
    const text = await withDatabase(loadConfig(env), async ({ database }, log) => {
      const account = onlyOne(await chooseAccounts(database, options.account ?? null))
      const billing = createBilling({ database, log, worldUrl: null })
      const now = accountNow({ clockHeldAt: account.clock_held_at }, systemClock().now())
      const context = toOperatorContext(billing, { account, now })
      const id = await work({ billing, context, progress })
      return print(context, { id, rowsShown, options })
    })
    progress.end()
    process.stdout.write(`${text}\n`)
  } catch (error) {
    if (error instanceof ApiRefusal) throw toCommandError(error)
    throw error
  } finally {
    progress.end()
  }
}

function toCommandError({ problem }: ApiRefusal): CommandError {
  const { message, param } = problem
  return new CommandError(
    param === undefined || message.startsWith(param) ? message : `${param}: ${message}`,
  )
}

async function print(
  context: CommandContext,
  shown: { readonly id: Uuid; readonly rowsShown: number; readonly options: EditOptions },
): Promise<string> {
  const { id, rowsShown: limit, options } = shown
  const found = await readEdit(context, id)
  const page = await readEditRows(context, { id, result: null, startingAfter: null, limit })
  if (found === null || page === null)
    throw new CommandError(`the account has no subscription edit ${encodeId('subscription_edit', id)}`) // prettier-ignore
  const edit = toWireEdit(found.edit, found.undoneById)
  const { segments, segmentBy } = found.edit
  const rows = page.rows.map((row) => toWireRow(row, segments, segmentBy))
  if (options.json === true) return JSON.stringify({ ...edit, rows }, null, 2)
  return [...describe(edit), ...tableOf(rows), ...(page.hasMore ? ['  … --rows N shows more'] : []), ...wayOn(edit)].join('\n') // prettier-ignore
}

function describe(edit: Shown): string[] {
  const { counts, totals, segments } = edit
  const counted = Object.entries(counts).flatMap(([name, count]) => count === 0 ? [] : [`${count} ${name}`]) // prettier-ignore
  return [
    `${edit.id} ${edit.status}: ${counted.length === 0 ? 'no subscription matches' : counted.join(', ')}`,
    ...totals.map((total) => `  ${total.subscriptions} in ${total.currency}: ${moneyOf(total.currency, total.amount_before_minor)} -> ${moneyOf(total.currency, total.amount_after_minor)} a period`), // prettier-ignore
    ...segments.map((segment) => `  segment ${segment.value === null ? 'none' : JSON.stringify(segment.value)}: ${segment.counts.loaded} loaded, ${segment.counts.planned} to change`), // prettier-ignore
    ...segments.flatMap(({ warnings }) => warnings.map(({ message, count }) => `  warning, ${count} times: ${message}`)), // prettier-ignore
  ]
}

function moneyOf(code: string, amountMinor: number): string {
  const currency = parseCurrency(code)
  return currency === null
    ? String(amountMinor)
    : formatMoney({ amountMinor: BigInt(amountMinor), currency })
}

function tableOf(rows: readonly ReturnType<typeof toWireRow>[]): string[] {
  if (rows.length === 0) return []
  const lines = rows.map(({ subscription_id, result, reason, changed, before, after }) => [
    `  ${subscription_id}`,
    result,
    reason?.code ??
      changed
        .map((name) => `${name} ${String(before[name])} -> ${String(after?.[name])}`)
        .join(', '),
  ])
  return toTable([['  subscription', 'result', 'change'], ...lines])
}

/** What can be done next. */
function wayOn(edit: Shown): string[] {
  const { id, status, counts } = edit
  if (status === 'previewing')
    return [`It is still being reviewed: ${edit.progress_percent} % so far`]
  const command = 'bin/perennial subscription-edits'
  if (status === 'draft' && counts.planned > 0)
    return [`Until ${edit.expires_at}: ${command} confirm ${id} --token ${edit.review_token}`]
  return counts.changed > 0 ? [`To take it back: ${command} undo ${id}`] : []
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new CommandError(`${file} cannot be read: give the path of a JSON file`)
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(`${file} is no JSON: it is the body of POST /v2/subscription-edits`)
  }
}

function readId(text: string): Uuid {
  const decoded = decodeId('subscription_edit', text)
  if (decoded.kind !== 'ok')
    throw new CommandError(`"${text}" is no id of a subscription edit: they look like subedit_01h455vb4pex5vsknk084sn02q`) // prettier-ignore
  return decoded.id
}

function readCount(name: string, text: string, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count < 1 || count > most)
    throw new CommandError(`${name} ${text} is no count from 1 to ${most}`)
  return count
}

function onlyOne(accounts: readonly AccountRow[]): AccountRow {
  const [only, ...others] = accounts
  if (only !== undefined && others.length === 0) return only
  throw new CommandError(
    'say whose subscriptions with --account: bin/perennial accounts list tells them',
  )
}
