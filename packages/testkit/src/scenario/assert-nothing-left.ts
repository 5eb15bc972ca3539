import assert from 'node:assert/strict'
import { deliverMails } from '../../../server/src/modules/notifications/deliver-mails.ts'
import { verifyDatabase } from '../../../server/src/verify/index.ts'
import { memberOf, textOf } from './api-client.ts'
import type { ScenarioWorld } from './scenario-world.ts'

/**
 * The end of every scenario: all events named, every charge booked once, the outbox in order. Stories of a face that
 * tells its merchants events of its own name those instead.
 */
export async function assertNothingLeft(
  world: ScenarioWorld,
  { namesEvents = true }: { readonly namesEvents?: boolean } = {},
): Promise<void> {
  if (namesEvents) await world.expects([])
  await assertChargesAreBookedOnce(world)
  await assertOutboxIsInOrder(world)
  await assertDatabaseVerifies(world)
}

/** Money that the card world moved is a succeeded sale here, once, and the other way round. */
async function assertChargesAreBookedOnce(world: ScenarioWorld): Promise<void> {
  const { kysely } = world.house.database
  const sales = await kysely
    .selectFrom('transactions')
    .select(['gateway_reference', 'amount_minor'])
    .where('account_id', '=', world.accountId)
    .where('status', '=', 'succeeded')
    .where('type', '=', 'sale')
    .where('gateway_id', 'is not', null)
    .execute()
  // Money that was won back for other billers is in their books, not in ours; what their platforms charge passes no gateway of ours.
  const forOthers = await kysely
    .selectFrom('outside_attempts as attempt')
    .leftJoin('connected_invoices as bill', (join) =>
      join
        .onRef('bill.account_id', '=', 'attempt.account_id')
        .onRef('bill.recovery_id', '=', 'attempt.recovery_id'),
    )
    .select(['attempt.gateway_reference', 'attempt.amount_minor'])
    .where('attempt.account_id', '=', world.accountId)
    .where('attempt.state', '=', 'succeeded')
    .where((is) => is.or([is('bill.collects', 'is', null), is('bill.collects', '=', 'here')]))
    .execute()
  // By Stripe's dialect a charge goes by the name of its payment intent.
  const booked = [...sales, ...forOthers]
    .map((sale) => `${sale.gateway_reference?.replace(/^pi_/, 'ch_')} ${sale.amount_minor}`)
    .toSorted()
  const moved = (await world.charges())
    .filter((charge) => memberOf(charge, 'money_moved') === true)
    .map((charge) => `${textOf(charge, 'charge_id')} ${String(memberOf(charge, 'captured_minor'))}`)
  const all = [...moved, ...world.chargesElsewhere()].toSorted()
  assert.deepEqual(booked, all, 'sales that are booked, and charges that moved money')
}

/** A mail worker's rounds later nothing waits any more, and nothing has failed. */
async function assertOutboxIsInOrder({ house, accountId }: ScenarioWorld): Promise<void> {
  const { database, log, clock } = house
  const cardUrl = (token: string): string => `${house.service.url}/pay/card/${token}`
  const deps = { database, log, clock, smtpUrl: null, from: 'billing@example.com', cardUrl }
  while ((await deliverMails(deps, null)) > 0);
  const left = await database.kysely
    .selectFrom('outbox')
    .select(['state', 'dedupe_key', 'last_error'])
    .where('account_id', '=', accountId)
    .where('state', 'in', ['waiting', 'failed'])
    .execute()
  assert.deepEqual(left, [], 'outbox rows that wait or have failed')
}

async function assertDatabaseVerifies({ house, accountId }: ScenarioWorld): Promise<void> {
  const { database, log, clock } = house
  const { checks } = await verifyDatabase({ database, log, clock, accountId })
  assert.deepEqual(
    checks.filter(({ ok }) => !ok).map(({ name, problems }) => ({ name, problems })),
    [],
    'promises about the data that do not hold',
  )
}
