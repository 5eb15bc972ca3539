import { styleText } from 'node:util'
import { decodeId, encodeId, ID_PREFIX } from '@perennial/core/ids'
import { balances, onNormalSide, type Transfer } from '@perennial/core/ledger'
import { formatMoney, toWireMinor, type Currency } from '@perennial/core/money'
import {
  formatInstant,
  formatInstantIn,
  parseTimeZone,
  UTC,
  type TimeZone,
} from '@perennial/core/time'
import type { AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  findTransfersOf,
  sumPostings,
  type TransfersOf,
} from '../../../server/src/modules/ledger/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import type { Database } from '../../../server/src/platform/db/index.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'
import { toTable } from '../terminal/table.ts'

export type LedgerWish = {
  readonly account: string | null
  /** An invoice or a transaction; the balances when null. */
  readonly of: string | null
  readonly isJson: boolean
}

/** What the books say: the balances of each account, or the transfers of one invoice or transaction. */
export async function ledger(env: Environment, wish: LedgerWish): Promise<void> {
  const { of, isJson } = wish
  const asked = of === null ? null : readOf(of)
  const text = await withDatabase(loadConfig(env), async ({ database }) => {
    const accounts = await chooseAccounts(database, wish.account)
    return withProgress('reading the ledger', () =>
      asked === null
        ? tellBalances(database, accounts, isJson)
        : tellTransfers(database, accounts, { asked, isJson }),
    )
  })
  process.stdout.write(`${text}\n`)
}

type Asked = TransfersOf & { readonly named: string }

function readOf(named: string): Asked {
  for (const kind of ['invoice', 'transaction'] as const) {
    const decoded = named.startsWith(`${ID_PREFIX[kind]}_`) ? decodeId(kind, named) : null
    if (decoded?.kind === 'ok') return { kind, id: decoded.id, named }
  }
  throw new CommandError(
    `--of ${named} is the id of no invoice and no transaction: they look like inv_01h455vb4pex5vsknk084sn02q and txn_01h455vb4pex5vsknk084sn02q`,
  )
}

async function tellBalances(
  database: Database,
  accounts: readonly AccountRow[],
  isJson: boolean,
): Promise<string> {
  const told = []
  for (const account of accounts) {
    const posted = await database.tx((tx) => sumPostings(tx, account.id))
    told.push({ account, sums: balances(posted) })
  }
  if (!isJson) return told.map(({ account, sums }) => describeBalances(account, sums)).join('\n\n')
  const json = told.map(({ account, sums }) => ({
    account_id: encodeId('account', account.id),
    name: account.name,
    environment: account.environment,
    balances: sums.map((sum) => ({
      ledger_account: sum.account,
      currency: sum.currency,
      debit_minor: toWireMinor(sum.debitMinor),
      credit_minor: toWireMinor(sum.creditMinor),
      balance_minor: toWireMinor(onNormalSide(sum)),
    })),
  }))
  return JSON.stringify({ accounts: json }, null, 2)
}

function describeBalances(account: AccountRow, sums: ReturnType<typeof balances>): string {
  const title = styleText('bold', `${account.name}, ${account.environment}`)
  const head = `${title}  ${encodeId('account', account.id)}`
  if (sums.length === 0) return `${head}\n  Nothing is booked.`
  const rows = sums.map((sum) => [
    sum.account,
    sum.currency,
    ...[sum.debitMinor, sum.creditMinor, onNormalSide(sum)].map((minor) =>
      amount(minor, sum.currency),
    ),
  ])
  const table = toTable([['', 'currency', 'debit', 'credit', 'balance'], ...rows])
  return [head, ...table.map((line) => `  ${line}`)].join('\n')
}

/** The currency has a column of its own. */
function amount(amountMinor: bigint, currency: Currency): string {
  return formatMoney({ amountMinor, currency }).slice(currency.length + 1)
}

async function tellTransfers(
  database: Database,
  accounts: readonly AccountRow[],
  { asked, isJson }: { readonly asked: Asked; readonly isJson: boolean },
): Promise<string> {
  const ids = accounts.map(({ id }) => id)
  const found = await database.tx((tx) => findTransfersOf(tx, ids, asked))
  if (found === null) throw new CommandError(`there is no ${asked.kind} ${asked.named}`)
  const { accountId, transfers } = found
  if (isJson) {
    const account_id = encodeId('account', accountId)
    return JSON.stringify(
      { account_id, of: asked.named, transfers: transfers.map(toJson) },
      null,
      2,
    )
  }
  if (transfers.length === 0) return `Nothing is booked of ${asked.named}.`
  const account = accounts.find(({ id }) => id === accountId)
  return describeTransfers(transfers, parseTimeZone(account?.timezone ?? '') ?? UTC)
}

function toJson(transfer: Transfer) {
  const { id, at, debit, credit, amountMinor, currency, sourceKind, sourceId, reversalOf } =
    transfer
  const { customerId, invoiceId, gatewayId } = transfer
  return {
    id,
    at: formatInstant(at),
    debit,
    credit,
    amount_minor: toWireMinor(amountMinor),
    currency,
    kind: sourceKind,
    source_id: sourceId,
    customer_id: customerId === null ? null : encodeId('customer', customerId),
    invoice_id: invoiceId === null ? null : encodeId('invoice', invoiceId),
    gateway_id: gatewayId === null ? null : encodeId('gateway', gatewayId),
    reversal_of: reversalOf,
  }
}

/** Each by its number, so that a reversal can name what it takes back. */
function describeTransfers(transfers: readonly Transfer[], zone: TimeZone): string {
  const numbers = new Map(transfers.map(({ id }, index) => [id, String(index + 1)]))
  const rows = transfers.map((one) => [
    numbers.get(one.id) ?? '',
    formatInstantIn(one.at, zone).replace(/\.\d+/, ''),
    one.debit,
    one.credit,
    formatMoney(one),
    one.sourceKind,
    one.reversalOf === null ? '' : (numbers.get(one.reversalOf) ?? one.reversalOf),
  ])
  const head = ['', 'when', 'debit', 'credit', 'amount', 'kind', 'takes back']
  return toTable([head, ...rows]).join('\n')
}
