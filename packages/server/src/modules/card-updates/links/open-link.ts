import { type Decision, accepted, refused } from '../../../platform/command/index.ts'
import type { Clock } from '../../../platform/clock/index.ts'
import { sha256Hex } from '../../../platform/crypto/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { findLinkByHash, type LinkRow } from './queries.ts'

export type LinkRefusal = 'link_unknown' | 'link_used' | 'link_expired'

type Common = Pick<LinkRow, 'id' | 'tries'> & { readonly accountId: LinkRow['account_id'] }

/** Its owner's side of an open link. */
export type ClientLink = Common & {
  readonly clientId: NonNullable<LinkRow['client_id']>
  readonly paymentToken: string
  readonly recoveryId: LinkRow['recovery_id']
}

export type CustomerLink = Common & {
  readonly customerId: NonNullable<LinkRow['customer_id']>
  readonly subscriptionId: LinkRow['subscription_id']
  readonly setupIntentId: LinkRow['setup_intent_id']
}

type OpenDeps = { readonly database: Database; readonly clock: Clock }

/** A link of a recovery client that still works. Refusals in the order of the union. */
export async function openClientLink(
  deps: OpenDeps,
  token: string,
): Promise<Decision<ClientLink, LinkRefusal>> {
  const row = await findLinkByHash(deps.database.kysely, sha256Hex(token))
  if (row === null || row.client_id === null || row.payment_token === null)
    return refused('link_unknown')
  const { client_id: clientId, payment_token: paymentToken, recovery_id: recoveryId } = row
  return over(deps, row) ?? accepted({ ...commonOf(row), clientId, paymentToken, recoveryId })
}

/** A link of a customer that still works. Refusals in the order of the union. */
export async function openCustomerLink(
  deps: OpenDeps,
  token: string,
): Promise<Decision<CustomerLink, LinkRefusal>> {
  const row = await findLinkByHash(deps.database.kysely, sha256Hex(token))
  if (row === null || row.customer_id === null) return refused('link_unknown')
  const {
    customer_id: customerId,
    subscription_id: subscriptionId,
    setup_intent_id: setupIntentId,
  } = row
  return (
    over(deps, row) ?? accepted({ ...commonOf(row), customerId, subscriptionId, setupIntentId })
  )
}

function commonOf({ account_id: accountId, id, tries }: LinkRow): Common {
  return { accountId, id, tries }
}

function over(deps: OpenDeps, row: LinkRow) {
  if (row.used_at !== null) return refused('link_used')
  return row.expires_at <= deps.clock.now() ? refused('link_expired') : null
}
