import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  addRatio,
  multiplyRatio,
  parseCurrency,
  ratio,
  roundRatio,
  type Currency,
  type Ratio,
} from '@perennial/core/money'
import { plainDateAt, startOfDay, type Instant } from '@perennial/core/time'
import { listAccounts, toAccountContext, type AccountRow } from '../modules/accounts/index.ts'
import { accountNow, type Clock } from '../platform/clock/index.ts'
import type { Database, Tx } from '../platform/db/index.ts'
import { cyclesPerMonth, toFrequency } from './monthly.ts'
import {
  countCustomers,
  countGivenUp,
  countSubscriptions,
  countWaiting,
  listNewestRuns,
  listSuspectedOutages,
  sumCases,
  sumHandedOver,
  sumInvoiced,
  sumRecurring,
  sumTransactions,
  type Moment,
  type RunRow,
} from './queries.ts'

/** What came to in one currency, in its minor units. */
export type MoneyStatus = {
  readonly currency: Currency
  readonly mrrMinor: bigint
  readonly invoicedMonthMinor: bigint
  readonly invoicedMinor: bigint
  readonly collectedMonthMinor: bigint
  readonly collectedMinor: bigint
  readonly refundedMonthMinor: bigint
  readonly refundedMinor: bigint
  /** Owed on invoices that are being recovered. */
  readonly failingMinor: bigint
  /** Of what had failed, by when the money came. */
  readonly recoveredMonthMinor: bigint
  readonly recoveredMinor: bigint
  /** The same three of what other billers have handed over; their money, booked nowhere here. */
  readonly handedOver: {
    readonly failingMinor: bigint
    readonly recoveredMonthMinor: bigint
    readonly recoveredMinor: bigint
  }
}

export type GivenUpStatus = {
  /** To recovery clients. */
  readonly webhooks: number
  /** That were taken, and that the platform does not know of. */
  readonly payments: number
  /** That platforms told of. */
  readonly events: number
}

/** Charges at one gateway in one currency, since the first that was refused. */
export type OutageStatus = {
  readonly gateway: string
  readonly currency: string
  /** Whose charges showed it: the account's own, or those of what other billers have handed over. */
  readonly source: 'own' | 'handed_over'
  readonly sinceAt: Instant
  readonly tried: number
  readonly approved: number
}

export type AccountStatus = {
  readonly accountId: string
  readonly name: string
  readonly environment: 'live' | 'sandbox'
  /** The account's time, and whether its test clock stands. */
  readonly now: Instant
  readonly isClockHeld: boolean
  readonly customers: number
  /** By status, the most frequent first; statuses that nobody has are left out. */
  readonly subscriptions: readonly { readonly status: string; readonly count: number }[]
  readonly dueNow: number
  readonly parked: number
  /** What gateways have told that a person has to look at. */
  readonly noticesParked: number
  readonly failing: number
  readonly recovered: number
  /** Payments that other billers have handed over. */
  readonly handedOver: { readonly failing: number; readonly recovered: number }
  /** Of other billers' payments: what was tried for the last time, and waits for a person. */
  readonly givenUp: GivenUpStatus
  /** Gateways that refuse far more than usual in a currency, the longest first. */
  readonly suspectedOutages: readonly OutageStatus[]
  readonly money: readonly MoneyStatus[]
  readonly lastRun: Omit<RunRow, 'accountId' | 'id'> | null
}

const ACCOUNTS_MAX = 100_000

/** The figures of every account, sandbox and live, oldest first: some counts over whole tables, one statement each. */
export async function readStatus(database: Database, clock: Clock): Promise<AccountStatus[]> {
  const accounts = await listAccounts(database.kysely, ACCOUNTS_MAX)
  const moments = accounts.map((account) => momentOf(account, clock.now()))
  const figures = await database.tx((tx) => readFigures(tx, moments), {
    isolation: 'repeatable read',
  })
  return accounts.map((account, index) => {
    const moment = moments[index]
    assert(moment !== undefined, 'there is a moment for each account')
    return toStatus(account, { figures, now: moment.now })
  })
}

/** The newest renewal runs of one account, newest first. */
export function readRuns(
  database: Database,
  of: { readonly accountId: Uuid; readonly limit: number },
): Promise<RunRow[]> {
  return database.statement((tx) => listNewestRuns(tx, [of.accountId], of.limit))
}

function momentOf(account: AccountRow, realNow: Instant): Moment {
  const { timezone } = toAccountContext(account)
  const now = accountNow({ clockHeldAt: account.clock_held_at }, realNow)
  const monthStartsAt = startOfDay({ ...plainDateAt(now, timezone), day: 1 }, timezone)
  return { accountId: account.id, now, monthStartsAt }
}

async function readFigures(tx: Tx, moments: readonly Moment[]) {
  const [customers, subscriptions, waiting, recurring] = await Promise.all([
    countCustomers(tx, moments),
    countSubscriptions(tx, moments),
    countWaiting(tx, moments),
    sumRecurring(tx, moments),
  ])
  const [invoiced, collected, refunded, cases, handedOver, givenUp, outages, runs] =
    await Promise.all([
      sumInvoiced(tx, moments),
      sumTransactions(tx, moments, ['sale', 'capture', 'adjustment', 'dispute']),
      sumTransactions(tx, moments, ['refund']),
      sumCases(tx, moments),
      sumHandedOver(tx, moments),
      countGivenUp(tx, moments),
      listSuspectedOutages(tx, moments),
      listNewestRuns(
        tx,
        moments.map((moment) => moment.accountId),
        1,
      ),
    ])
  return {
    customers,
    subscriptions,
    waiting,
    recurring,
    invoiced,
    collected,
    refunded,
    cases,
    handedOver,
    givenUp,
    outages,
    runs,
  }
}

type Figures = Awaited<ReturnType<typeof readFigures>>

function toStatus(
  account: AccountRow,
  given: { readonly figures: Figures; readonly now: Instant },
): AccountStatus {
  const { figures, now } = given
  const own = ofAccount(figures, account.id)
  const countOf = (rows: Figures['cases'], which: 'open' | 'won'): number =>
    rows.reduce((sum, found) => sum + Number(found[which]), 0)
  const [lastRun = null] = own.runs
  return {
    accountId: encodeId('account', account.id),
    name: account.name,
    environment: account.environment,
    now,
    isClockHeld: account.clock_held_at !== null,
    customers: Number(own.customers[0]?.count ?? 0n),
    subscriptions: own.subscriptions
      .map(({ status, count }) => ({ status, count: Number(count) }))
      .toSorted((one, other) => other.count - one.count),
    dueNow: Number(own.waiting[0]?.due ?? 0n),
    parked: Number(own.waiting[0]?.parked ?? 0n),
    noticesParked: Number(own.waiting[0]?.noticesParked ?? 0n),
    failing: countOf(own.cases, 'open'),
    recovered: countOf(own.cases, 'won'),
    handedOver: {
      failing: countOf(own.handedOver, 'open'),
      recovered: countOf(own.handedOver, 'won'),
    },
    givenUp: {
      webhooks: Number(own.givenUp[0]?.webhooks ?? 0n),
      payments: Number(own.givenUp[0]?.payments ?? 0n),
      events: Number(own.givenUp[0]?.events ?? 0n),
    },
    suspectedOutages: own.outages.map(
      ({ gateway, currency, source, sinceAt, tried, approved }) => ({
        gateway,
        currency,
        source,
        sinceAt,
        tried: Number(tried),
        approved: Number(approved),
      }),
    ),
    money: toMoney(own),
    lastRun,
  }
}

function ofAccount(figures: Figures, accountId: Uuid): Figures {
  const own = <Row extends { readonly accountId: Uuid }>(rows: readonly Row[]): Row[] =>
    rows.filter((row) => row.accountId === accountId)
  return {
    customers: own(figures.customers),
    subscriptions: own(figures.subscriptions),
    waiting: own(figures.waiting),
    recurring: own(figures.recurring),
    invoiced: own(figures.invoiced),
    collected: own(figures.collected),
    refunded: own(figures.refunded),
    cases: own(figures.cases),
    handedOver: own(figures.handedOver),
    givenUp: own(figures.givenUp),
    outages: own(figures.outages),
    runs: own(figures.runs),
  }
}

function toMoney(own: Figures): MoneyStatus[] {
  const { recurring, invoiced, collected, refunded, cases, handedOver } = own
  const codes = new Set(
    [recurring, invoiced, collected, refunded, cases, handedOver].flatMap((rows) =>
      rows.map((row) => row.currency),
    ),
  )
  return [...codes].toSorted().map((code) => {
    const currency = parseCurrency(code)
    assert(currency !== null, 'stored currencies are known')
    const inCurrency = <Row extends { readonly currency: string }>(rows: readonly Row[]) =>
      rows.filter((row) => row.currency === code)
    const [bill] = inCurrency(invoiced)
    const [sale] = inCurrency(collected)
    const [refund] = inCurrency(refunded)
    const [failed] = inCurrency(cases)
    const [handed] = inCurrency(handedOver)
    return {
      currency,
      mrrMinor: monthly(inCurrency(recurring)),
      invoicedMonthMinor: bill?.monthMinor ?? 0n,
      invoicedMinor: bill?.totalMinor ?? 0n,
      collectedMonthMinor: sale?.monthMinor ?? 0n,
      collectedMinor: sale?.totalMinor ?? 0n,
      refundedMonthMinor: refund?.monthMinor ?? 0n,
      refundedMinor: refund?.totalMinor ?? 0n,
      failingMinor: failed?.openMinor ?? 0n,
      recoveredMonthMinor: failed?.wonMonthMinor ?? 0n,
      recoveredMinor: failed?.wonMinor ?? 0n,
      handedOver: {
        failingMinor: handed?.openMinor ?? 0n,
        recoveredMonthMinor: handed?.wonMonthMinor ?? 0n,
        recoveredMinor: handed?.wonMinor ?? 0n,
      },
    }
  })
}

/** Rounded once, at the end. */
function monthly(rows: Figures['recurring']): bigint {
  const sum = rows.reduce<Ratio>(
    (total, { frequency, amountMinor }) =>
      addRatio(
        total,
        multiplyRatio(cyclesPerMonth(toFrequency(frequency)), ratio(amountMinor, 1n)),
      ),
    ratio(0n, 1n),
  )
  return roundRatio(sum, 'half_even')
}
