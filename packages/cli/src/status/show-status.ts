import { styleText } from 'node:util'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull, type Instant } from '@perennial/core/time'
import type { AccountStatus, MoneyStatus } from '../../../server/src/status/index.ts'
import { toTable } from '../terminal/table.ts'
import { group, toAmount } from './amounts.ts'

type MoneyRow = readonly [title: string, amountOf: (money: MoneyStatus) => bigint]

const MONEY_ROWS: readonly MoneyRow[] = [
  ['MRR', (money) => money.mrrMinor],
  ['Invoiced this month', (money) => money.invoicedMonthMinor],
  ['Invoiced in all', (money) => money.invoicedMinor],
  ['Collected this month', (money) => money.collectedMonthMinor],
  ['Collected in all', (money) => money.collectedMinor],
  ['Refunded this month', (money) => money.refundedMonthMinor],
  ['Refunded in all', (money) => money.refundedMinor],
  ['Failing', (money) => money.failingMinor],
  ['Recovered this month', (money) => money.recoveredMonthMinor],
  ['Recovered in all', (money) => money.recoveredMinor],
]

const HANDED_OVER_ROWS: readonly MoneyRow[] = [
  ['Handed over, open', (money) => money.handedOver.failingMinor],
  ['  won this month', (money) => money.handedOver.recoveredMonthMinor],
  ['  won in all', (money) => money.handedOver.recoveredMinor],
]

/** One account's figures for people. */
export function describeStatus(account: AccountStatus): string {
  const { subscriptions } = account
  const running = subscriptions.map(({ status, count }) => `${status} ${group(String(count))}`)
  const { failing: open, recovered: won } = account.handedOver
  const hasHandedOver = open + won > 0
  const clock = account.isClockHeld ? ', test clock stands' : ''
  const facts = toTable(
    [
      ['Customers', group(String(account.customers))],
      ['Subscriptions', running.length === 0 ? 'none' : running.join(', ')],
      [
        'Failing',
        `${group(String(account.failing))} past due, ${group(String(account.recovered))} recovered so far`,
      ],
      ...(hasHandedOver
        ? [['Handed over', `${group(String(open))} open, ${group(String(won))} recovered so far`]]
        : []),
      ['Due now', `${group(String(account.dueNow))}, parked ${group(String(account.parked))}`],
      ...(account.noticesParked === 0
        ? []
        : [
            [
              'For you to look at',
              `${group(String(account.noticesParked))} parked gateway notices`,
            ],
          ]),
      ...account.suspectedOutages.map(describeOutage),
      ...describeGivenUp(account.givenUp),
      ['Last run', describeRun(account.lastRun)],
    ].map(([title = '', text = '']) => [`  ${title.padEnd(20)} ${text}`]),
  )
  const amounts =
    account.money.length === 0
      ? []
      : toTable([
          ['', ...account.money.map((money) => money.currency)],
          ...[...MONEY_ROWS, ...(hasHandedOver ? HANDED_OVER_ROWS : [])].map(
            ([title, amountOf]) => [
              title,
              ...account.money.map((money) => toAmount(amountOf(money), money.currency)),
            ],
          ),
        ]).map((line) => `  ${line}`)
  const title = `${styleText('bold', `${account.name}, ${account.environment}`)}  ${account.accountId}`
  return [`${title}  ${formatInstant(account.now)}${clock}`, ...facts, ...amounts].join('\n')
}

/** One line for each: somebody has to look at the set-up there. */
function describeOutage(outage: AccountStatus['suspectedOutages'][number]): string[] {
  const { gateway, currency, source, sinceAt, tried, approved } = outage
  const whose = source === 'own' ? 'charges' : 'charges of handed-over payments'
  return [
    'Suspected outage',
    `${gateway} in ${currency} since ${formatInstant(sinceAt)}: ${group(String(approved))} of ${group(String(tried))} ${whose} approved`,
  ]
}

/** Nothing, unless a person has to see to something. */
function describeGivenUp({ webhooks, payments, events }: AccountStatus['givenUp']): string[][] {
  if (webhooks + payments + events === 0) return []
  const counts = [
    `webhooks ${group(String(webhooks))}`,
    `payments to be told ${group(String(payments))}`,
    `platform events ${group(String(events))}`,
  ]
  return [['Given up', counts.join(', ')]]
}

function describeRun(run: AccountStatus['lastRun']): string {
  if (run === null) return 'none yet'
  const end = run.finishedAt === null ? 'unfinished' : 'finished'
  return `${formatInstant(run.startedAt)}, ${end}: ${run.due} due, ${run.renewed} renewed, ${run.failed} failed, ${run.parked} parked`
}

/** The same figures for programs: amounts in minor units. */
export function toStatusJson(accounts: readonly AccountStatus[], at: Instant) {
  return {
    at: formatInstant(at),
    accounts: accounts.map((account) => ({
      account_id: account.accountId,
      name: account.name,
      environment: account.environment,
      now: formatInstant(account.now),
      is_clock_held: account.isClockHeld,
      customers: account.customers,
      subscriptions: Object.fromEntries(
        account.subscriptions.map(({ status, count }) => [status, count]),
      ),
      due_now: account.dueNow,
      parked: account.parked,
      gateway_notices_parked: account.noticesParked,
      failing: account.failing,
      recovered: account.recovered,
      handed_over: account.handedOver,
      given_up: account.givenUp,
      suspected_outages: account.suspectedOutages.map(({ sinceAt, tried, ...outage }) => ({
        ...outage,
        since: formatInstant(sinceAt),
        charges: tried,
      })),
      money: account.money.map(toMoneyJson),
      last_run: account.lastRun === null ? null : toRunJson(account.lastRun),
    })),
  }
}

function toMoneyJson(money: MoneyStatus) {
  return {
    currency: money.currency,
    mrr_minor: toWireMinor(money.mrrMinor),
    invoiced_month_minor: toWireMinor(money.invoicedMonthMinor),
    invoiced_minor: toWireMinor(money.invoicedMinor),
    collected_month_minor: toWireMinor(money.collectedMonthMinor),
    collected_minor: toWireMinor(money.collectedMinor),
    refunded_month_minor: toWireMinor(money.refundedMonthMinor),
    refunded_minor: toWireMinor(money.refundedMinor),
    failing_minor: toWireMinor(money.failingMinor),
    recovered_month_minor: toWireMinor(money.recoveredMonthMinor),
    recovered_minor: toWireMinor(money.recoveredMinor),
    handed_over_failing_minor: toWireMinor(money.handedOver.failingMinor),
    handed_over_recovered_month_minor: toWireMinor(money.handedOver.recoveredMonthMinor),
    handed_over_recovered_minor: toWireMinor(money.handedOver.recoveredMinor),
  }
}

/** A renewal run for programs. */
export function toRunJson(run: NonNullable<AccountStatus['lastRun']>) {
  const { startedAt, finishedAt, due, renewed, failed, parked, fault } = run
  return {
    started_at: formatInstant(startedAt),
    finished_at: formatInstantOrNull(finishedAt),
    due,
    renewed,
    failed,
    parked,
    fault,
  }
}
