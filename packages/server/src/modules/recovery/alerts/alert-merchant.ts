import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { MS_PER_DAY } from '@perennial/core/time'
import { accountNow } from '../../../platform/clock/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { lockNames } from '../outside/queries/recoveries.ts'
import { findAlert } from './queries.ts'

/** What was tried for the last time, and a person has to see to. */
export type GivenUp = {
  readonly accountId: Uuid
  readonly type:
    | 'recovery_client.webhook_given_up'
    | 'recovery_connector.event_given_up'
    | 'recovery_connector.payment_given_up'
  /** The client, or the connector. */
  readonly objectId: Uuid
  readonly problem: string | null
}

/** Tells the merchant by an event, once a day for each client or connector: what else was given up is counted where they are shown. */
export async function alertMerchant(
  { ids, clock }: Pick<OutsideDeps, 'ids' | 'clock'>,
  tx: Tx,
  { accountId, type, objectId, problem }: GivenUp,
): Promise<void> {
  const realNow = clock.now()
  const factNumber = BigInt(Math.floor(realNow / MS_PER_DAY))
  await lockNames(tx, [`recovery alert ${type} ${objectId}`])
  const known = await findAlert(tx, { accountId, objectId, type, factNumber })
  assert(known !== null, 'what is given up has its account')
  if (known.isTold) return
  const isClient = type === 'recovery_client.webhook_given_up'
  const objectKind = isClient ? ('recovery_client' as const) : ('connector' as const)
  const object = isClient ? 'recovery_client' : 'recovery_connector'
  await recordEvents(tx, [
    {
      accountId,
      id: ids.next(),
      type,
      objectKind,
      objectId,
      factNumber,
      customerId: null,
      subscriptionId: null,
      invoiceId: null,
      data: { id: encodeId(objectKind, objectId), object, problem },
      previousAttributes: null,
      request: null,
      occurredAt: accountNow(known, realNow),
    },
  ])
}
