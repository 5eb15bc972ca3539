import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import type { AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  listsMovements,
  loadScope,
  midnightBefore,
  reconcileGateway,
  startOf,
  type BillingDeps,
  type Span,
} from '../../../server/src/modules/billing/index.ts'
import {
  countOpenDifferences,
  listComparedGateways,
  type ComparedGateway,
} from '../../../server/src/modules/payments/reconciliation/index.ts'
import { systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { withProgress, type Progress } from '../terminal/progress.ts'
import { readInstant } from '../terminal/read-instant.ts'
import { toTable } from '../terminal/table.ts'
import { withBilling } from '../with-billing.ts'

export type ReconcileWish = {
  readonly account: string | null
  /** Code or id; all of the account's when null. */
  readonly gateway: string | null
  /** Dates or instants; where the last comparison ended, and the last midnight, when null. */
  readonly from: string | null
  readonly to: string | null
  readonly isJson: boolean
}

/** A gateway that lists nothing: it has to be compared by its own reports. */
type Skipped = { readonly account: string; readonly gateway: string }

export type Compared = { readonly lines: readonly Line[]; readonly skipped: readonly Skipped[] }

type Line = {
  readonly account: string
  readonly gateway: string
  readonly from: string
  readonly until: string
  readonly movements: number
  readonly matched: number
  readonly opened: number
  readonly resolved: number
  readonly open: number
  readonly error: string | null
}

/** Compares our books with the gateways' lists; the exit code is 1 where something differs or could not be compared. */
export async function reconcile(env: Environment, wish: ReconcileWish): Promise<number> {
  const config = loadConfig(env)
  const compared = await withDatabase(config, async ({ database }, log) => {
    const accounts = await chooseAccounts(database, wish.account)
    return withBilling(config, { database, log }, (billing) =>
      withProgress('comparing with gateways', (progress) =>
        reconcileAll(billing, accounts, { ...wish, progress }),
      ),
    )
  })
  const { lines, skipped } = compared
  if (wish.gateway !== null && lines.length === 0)
    throw new CommandError(`no account has a gateway ${wish.gateway} that lists what moved`)
  const text = wish.isJson
    ? JSON.stringify({ gateways: lines, not_compared: skipped }, null, 2)
    : reconciledText(compared)
  process.stdout.write(`${text}\n`)
  return lines.every(({ open, error }) => open === 0 && error === null) ? 0 : 1
}

async function reconcileAll(
  billing: BillingDeps,
  accounts: readonly AccountRow[],
  wish: ReconcileWish & { readonly progress: Progress },
): Promise<Compared> {
  const lines: Line[] = []
  const skipped: Skipped[] = []
  for (const account of accounts) {
    const gateways = await billing.database.tx((tx) => listComparedGateways(tx, account.id, null))
    const chosen = gateways.filter((gateway) => isNamed(gateway, wish.gateway))
    for (const gateway of chosen) {
      if ((await listsMovements(billing, account.id, gateway.gatewayId)) === false)
        skipped.push({ account: encodeId('account', account.id), gateway: gateway.code })
      else lines.push(await reconcileOne(billing, account.id, gateway, wish))
    }
  }
  return { lines, skipped }
}

async function reconcileOne(
  billing: BillingDeps,
  account: Uuid,
  gateway: ComparedGateway,
  wish: ReconcileWish & { readonly progress: Progress },
): Promise<Line> {
  const { clockHeldAt, ...scope } = await loadScope(billing, account)
  const at = clockHeldAt ?? systemClock().now()
  const span = spanOf(gateway, wish, at)
  const { gatewayId } = gateway
  const onPage = (lines: number) => wish.progress.tell(`${gateway.code}: ${lines} new lines`)
  const asked = { gatewayId, span, at, onPage }
  const { counts, error } = await reconcileGateway(billing, { ...scope, runId: null }, asked)
  const open = await billing.database.tx((tx) => countOpenDifferences(tx, account, gatewayId))
  return {
    account: encodeId('account', account),
    gateway: gateway.code,
    from: formatInstant(span.from),
    until: formatInstant(span.until),
    ...counts,
    open,
    error,
  }
}

function spanOf(gateway: ComparedGateway, wish: ReconcileWish, at: Instant): Span {
  const until = wish.to === null ? midnightBefore(at) : readInstant('--to', wish.to)
  const from = wish.from === null ? startOf(gateway) : readInstant('--from', wish.from)
  if (wish.from !== null && from >= until) throw new CommandError('--from lies after --to')
  return { from: from < until ? from : until, until }
}

function isNamed({ gatewayId, code }: ComparedGateway, name: string | null): boolean {
  return (
    name === null || name === code || name === gatewayId || name === encodeId('gateway', gatewayId)
  )
}

/** What people read: a line for each gateway, and those that were left out. */
export function reconciledText({ lines, skipped }: Compared): string {
  const left = skipped.map(
    ({ account, gateway }) =>
      `${gateway} of ${account} lists nothing and was not compared: see docs/guides/reconciliation.md.`,
  )
  if (lines.length === 0)
    return [...left, 'No gateway lists what moved: nothing to compare.'].join('\n')
  const head = ['gateway', 'from', 'until', 'new lines', 'matched', 'found', 'come right', 'open']
  const rows = lines.map((line) => [
    line.gateway,
    line.from.slice(0, 16),
    line.until.slice(0, 16),
    ...[line.movements, line.matched, line.opened, line.resolved, line.open].map(String),
  ])
  const errors = lines.flatMap(({ gateway, error }) =>
    error === null ? [] : [`${gateway}: ${error}`],
  )
  const open = lines.reduce((sum, line) => sum + line.open, 0)
  const last =
    open === 0
      ? 'The books agree.'
      : `${open} differences are open: GET /v2/reconciliation-differences?state=open lists them.`
  return [...toTable([head, ...rows]), ...errors, ...left, last].join('\n')
}
