import { storedCurrency } from '../../invoices/index.ts'
import { assert } from '@perennial/core/fault'
import { addMs, MS_PER_HOUR, MS_PER_SECOND, type Instant } from '@perennial/core/time'
import { eachConcurrently, startLoop, type Loop } from '../../../platform/loop/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { actOnEvent } from './act-on-event.ts'
import { claimConnectorEvents, settleConnectorEvent, type ClaimedEvent } from './queries/events.ts'
import { claimOwedPayments, settleOwedPayment, type OwedPayment } from './queries/payments.ts'
import { connectorOf, reachPlatform } from './reach-platform.ts'

/** Longer than one event or payment takes, charges included. */
const LEASE_MS = 60 * MS_PER_SECOND
const BATCH_MAX = 50
const AT_ONCE = 8
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

/** Everything that platforms have told or are to be told and that waits: how much there was. */
export async function runConnectors(deps: OutsideDeps): Promise<number> {
  const realNow = deps.clock.now()
  const claim = { realNow, leaseUntil: addMs(realNow, LEASE_MS), limit: BATCH_MAX }
  const events = await deps.database.statement((tx) => claimConnectorEvents(tx, claim))
  await eachConcurrently(events, AT_ONCE, (event) => runEvent(deps, event))
  const owed = await deps.database.statement((tx) => claimOwedPayments(tx, claim))
  await eachConcurrently(owed, AT_ONCE, (payment) => writeBack(deps, payment))
  return events.length + owed.length
}

async function runEvent(deps: OutsideDeps, claimed: ClaimedEvent): Promise<void> {
  const { account_id: accountId, connector_id: connectorId, event_id: eventId } = claimed
  let end: { readonly state: 'done' | 'waiting' | 'parked'; readonly result: string }
  try {
    const named = connectorOf(deps, claimed.platform).readEvent(claimed.body)
    assert(named !== null, 'an event that was kept can be read')
    end = { state: 'done', result: await actOnEvent(deps, claimed, named.event) }
  } catch (error) {
    const result = error instanceof Error ? error.message : String(error)
    end = { state: retryAfter(claimed.tries) === null ? 'parked' : 'waiting', result }
    deps.log.warn({ accountId, connectorId, eventId, tries: claimed.tries, reason: result }, 'connector event kept for later') // prettier-ignore
  }
  const realNow = deps.clock.now()
  const nextTryAt = end.state === 'waiting' ? nextTry(realNow, claimed.tries) : null
  const doneAt = end.state === 'done' ? realNow : null
  await deps.database.statement((tx) =>
    settleConnectorEvent(tx, claimed, { ...end, nextTryAt, doneAt }),
  )
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
    problem = error instanceof Error ? error.message : String(error)
    deps.log.warn({ accountId, recoveryId, tries: owed.tries, reason: problem }, 'payment not written back') // prettier-ignore
  }
  const realNow = deps.clock.now()
  const nextTryAt = problem === null ? null : nextTry(realNow, owed.tries)
  const state = problem === null ? 'done' : nextTryAt === null ? 'dead' : 'waiting'
  const writtenAt = problem === null ? realNow : null
  await deps.database.statement((tx) =>
    settleOwedPayment(
      tx,
      { accountId, recoveryId },
      { state, error: problem, nextTryAt, writtenAt },
    ),
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
    round: async () => ({ hasMore: (await runConnectors(deps)) >= BATCH_MAX }),
  })
}
