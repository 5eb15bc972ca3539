import { uuidTimeMs } from '@perennial/core/ids'
import { declinedOutcome, unknownOutcome, type GatewayOutcome } from '@perennial/core/payments'
import { MS_PER_SECOND } from '@perennial/core/time'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import type { OutsideAttempt } from '../outside/rows.ts'
import { PlatformSilence } from './connector.ts'
import { listBillsOf, noteToldToken } from './queries/bills.ts'
import { reachPlatform } from './reach-platform.ts'

/** A call that was under way when its process died has ended by then. */
const MAY_ARRIVE_MS = 120 * MS_PER_SECOND

/** What asking for a charge has told; `paid_elsewhere`: the bill is paid, and not by the charge. */
export type FoundOutcome = GatewayOutcome | { readonly kind: 'paid_elsewhere' }

type Collector = {
  readonly collect: () => Promise<GatewayOutcome>
  readonly lookUp: () => Promise<FoundOutcome>
}

/** How an attempt is charged by the platform that has its bill; null where we charge it ourselves. */
export async function collectorOf(
  deps: OutsideDeps,
  attempt: OutsideAttempt,
): Promise<Collector | null> {
  const { accountId, recoveryId, connectorId } = attempt
  if (connectorId === null) return null
  const of = { accountId, recoveryIds: [recoveryId] }
  const [row] = await deps.database.statement((tx) => listBillsOf(tx, of))
  if (row === undefined || row.collects === 'here') return null
  const { connector, reach } = reachPlatform(deps, {
    connectorId,
    platform: row.platform,
    credentialsSealed: row.credentials_sealed,
    environment: row.environment,
  })
  if (connector.collects === 'here') return null
  const { token, amountMinor, currency, id: idempotencyKey } = attempt
  const { invoice_id: invoiceId, customer_id: customerId, subscription_id: subscriptionId } = row
  const place = { invoiceId, customerId, subscriptionId }
  const collection = { ...place, token, amountMinor, currency, idempotencyKey }
  const setCard = async (): Promise<GatewayOutcome | null> => {
    if (connector.setCard === undefined || row.moved_at === null || row.told_token === token)
      return null
    const ended = await unlessSilent(connector.setCard(reach, collection))
    const told = { accountId, recoveryId, token }
    if (ended?.kind !== 'declined') await deps.database.statement((tx) => noteToldToken(tx, told))
    return ended
  }
  return {
    collect: () =>
      answered(async () => (await setCard()) ?? (await connector.collect(reach, collection))),
    lookUp: () =>
      answered(async () => {
        const bill = await connector.readBill(reach, { invoiceId, currency })
        if (bill?.state === 'paid') {
          if (connector.readCollection === undefined) return { kind: 'succeeded', gatewayReference: invoiceId, networkTransactionId: null } // prettier-ignore
          return (await connector.readCollection(reach, collection)) ?? { kind: 'paid_elsewhere' }
        }
        if (bill?.state === 'busy') return unknownOutcome('a payment is on its way')
        const ageMs = deps.clock.now() - uuidTimeMs(attempt.id)
        if (ageMs < MAY_ARRIVE_MS) return unknownOutcome('not paid yet')
        return (await connector.readUnpaid(reach, collection, ageMs)) ?? UNANSWERED
      }),
  }
}

async function answered<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome | GatewayOutcome> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof PlatformSilence) return unknownOutcome(error.message)
    throw error
  }
}

/** Where nobody can tell whether a card was put in another one's place, nothing is charged. */
async function unlessSilent(set: Promise<GatewayOutcome | null>): Promise<GatewayOutcome | null> {
  try {
    return await set
  } catch (error) {
    if (error instanceof PlatformSilence) return UNREACHED
    throw error
  }
}

const UNREACHED = declinedOutcome(
  'gateway_unreachable',
  'The platform could not be told of the new card.',
)

/** A network may have seen it: it counts as a try. */
const UNANSWERED = declinedOutcome('gateway_timeout', 'Nobody can tell what came of the charge.')
