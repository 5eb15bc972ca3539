import { storedCurrency } from '../../invoices/index.ts'
import { assert, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_HOUR, MS_PER_SECOND, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { allLanes, startLoop, type Loop } from '../../../platform/loop/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { alertMerchant, type GivenUp } from '../alerts/alert-merchant.ts'
import { actOnEvent } from './act-on-event.ts'
import {
  claimConnectorEvent,
  settleConnectorEvent,
  type Claim,
  type ClaimedEvent,
} from './queries/events.ts'
import { claimOwedPayment, settleOwedPayment, type OwedPayment } from './queries/payments.ts'
import { connectorOf, reachPlatform } from './reach-platform.ts'

/**
 * Longer than one event or payment takes: at most, a hundred recoveries are asked about and charged for one new card. Each is
 * claimed when its work begins, so that none waits for others while its lease runs.
 */
const LEASE_MS = 15 * 60 * MS_PER_SECOND
const ROUND_MAX = 50
const AT_ONCE = 8
/** Of one connector in a round: a platform that does not answer keeps the others waiting for a few time-outs. */
const OF_ONE_MAX = 16
/** After each failed try; then it waits for a person. */
const RETRY_AFTER_MS = [
  10 * MS_PER_SECOND,
  60 * MS_PER_SECOND,
  5 * 60 * MS_PER_SECOND,
  30 * 60 * MS_PER_SECOND,
  2 * MS_PER_HOUR,
  6 * MS_PER_HOUR,
  12 * MS_PER_HOUR,
]

/** What platforms have told or are to be told and that waits, a round of each: how much there was. */
export async function runConnectors(deps: OutsideDeps): Promise<number> {
  const events = await runRound(deps, claimConnectorEvent, runEvent)
  return events + (await runRound(deps, claimOwedPayment, writeBack))
}

async function runRound<Item extends { readonly connector_id: Uuid }>(
  deps: OutsideDeps,
  claim: (tx: Tx, claim: Claim) => Promise<Item | null>,
  work: (deps: OutsideDeps, item: Item) => Promise<void>,
): Promise<number> {
  const taken = new Map<Uuid, number>()
  let count = 0
  const claimNext = async (): Promise<Item | null> => {
    if (count >= ROUND_MAX) return null
    const realNow = deps.clock.now()
    const leaseUntil = addMs(realNow, LEASE_MS)
    const given = { realNow, leaseUntil, taken, limitPerConnector: OF_ONE_MAX }
    const item = await deps.database.statement((tx) => claim(tx, given))
    if (item === null) return null
    count += 1
    taken.set(item.connector_id, (taken.get(item.connector_id) ?? 0) + 1)
    return item
  }
  const lane = async (first: Item | null): Promise<void> => {
    for (let item = first; item !== null; item = await claimNext()) await work(deps, item)
  }
  const first = await claimNext()
  if (first === null) return 0
  const others = Array.from({ length: AT_ONCE - 1 }, async () => lane(await claimNext()))
  await allLanes([lane(first), ...others])
  return count
}

async function runEvent(deps: OutsideDeps, claimed: ClaimedEvent): Promise<void> {
  const { account_id: accountId, connector_id: connectorId, event_id: eventId } = claimed
  let end: { readonly state: 'done' | 'waiting' | 'parked'; readonly result: string }
  try {
    const named = connectorOf(deps, claimed.platform).readEvent(claimed.body)
    assert(named !== null, 'an event that was kept can be read')
    end = { state: 'done', result: await actOnEvent(deps, claimed, named.event) }
  } catch (error) {
    const result = messageOf(error)
    end = { state: retryAfter(claimed.tries) === null ? 'parked' : 'waiting', result }
    deps.log.warn({ accountId, connectorId, eventId, tries: claimed.tries, reason: result }, 'connector event kept for later') // prettier-ignore
  }
  const realNow = deps.clock.now()
  const nextTryAt = end.state === 'waiting' ? nextTry(realNow, claimed.tries) : null
  const doneAt = end.state === 'done' ? realNow : null
  const settle = (tx: Tx) => settleConnectorEvent(tx, claimed, { ...end, nextTryAt, doneAt })
  if (end.state !== 'parked') return deps.database.statement(settle)
  const type = 'recovery_connector.event_given_up'
  await giveUp(deps, { accountId, type, objectId: connectorId, problem: end.result }, settle)
}

/** Tells a platform that its bill was paid. Its key makes a repetition the same payment. */
async function writeBack(deps: OutsideDeps, owed: OwedPayment): Promise<void> {
  const { account_id: accountId, recovery_id: recoveryId } = owed
  const { connector, reach } = reachPlatform(deps, {
    connectorId: owed.connector_id,
    platform: owed.platform,
    credentialsSealed: owed.credentials_sealed,
    environment: owed.environment,
  })
  assert(connector.collects === 'here', 'only what we charged is written back')
  const { gateway_reference: reference, closed_at: paidAt } = owed
  assert(reference !== null && paidAt !== null, 'a payment that is owed was made')
  let problem: string | null = null
  try {
    await connector.writeBack(reach, {
      invoiceId: owed.invoice_id,
      customerId: owed.customer_id,
      subscriptionId: owed.subscription_id,
      idempotencyKey: recoveryId,
      amountMinor: owed.amount_minor,
      currency: storedCurrency(owed.currency),
      reference,
      paidAt,
    })
  } catch (error) {
    problem = messageOf(error)
    deps.log.warn({ accountId, recoveryId, tries: owed.tries, reason: problem }, 'payment not written back') // prettier-ignore
  }
  const realNow = deps.clock.now()
  const nextTryAt = problem === null ? null : nextTry(realNow, owed.tries)
  const state = problem === null ? 'done' : nextTryAt === null ? 'dead' : 'waiting'
  const writtenAt = problem === null ? realNow : null
  const end = { state, error: problem, nextTryAt, writtenAt } as const
  const settle = (tx: Tx) => settleOwedPayment(tx, { accountId, recoveryId }, end)
  if (state !== 'dead') return deps.database.statement(settle)
  const type = 'recovery_connector.payment_given_up'
  await giveUp(deps, { accountId, type, objectId: owed.connector_id, problem }, settle)
}

async function giveUp(
  deps: OutsideDeps,
  given: GivenUp,
  settle: (tx: Tx) => Promise<void>,
): Promise<void> {
  const { accountId } = given
  await deps.database.tx(
    async (tx) => {
      await settle(tx)
      await alertMerchant(deps, tx, given)
    },
    { accountScope: accountId },
  )
}

function retryAfter(tries: number): number | null {
  return RETRY_AFTER_MS[tries - 1] ?? null
}

function nextTry(realNow: Instant, tries: number): Instant | null {
  const afterMs = retryAfter(tries)
  return afterMs === null ? null : addMs(realNow, afterMs)
}

/** Looks for what platforms have told once an interval. */
export function startConnectorWorker(
  deps: OutsideDeps,
  options: { readonly intervalMs: number },
): Loop {
  return startLoop({
    name: 'connectors',
    intervalMs: options.intervalMs,
    log: deps.log,
    round: async () => ({ hasMore: (await runConnectors(deps)) > 0 }),
  })
}
