import type { Uuid } from '@perennial/core/ids'
import { addMs, type Instant, MS_PER_HOUR } from '@perennial/core/time'
import type { Clock } from '../../../platform/clock/index.ts'
import { randomToken, sha256Hex } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'
import { insertLinks } from './queries.ts'

/** Whose card is replaced: a customer's of the account, or one that another biller's payer has at its gateway. */
export type LinkOwner =
  | {
      readonly kind: 'customer'
      readonly customerId: Uuid
      /** What they are asked about; null = whatever they owe. */
      readonly subscriptionId: Uuid | null
    }
  | {
      readonly kind: 'client'
      readonly clientId: Uuid
      readonly paymentToken: string
      readonly recoveryId: Uuid | null
    }

export type WantedLink = {
  readonly owner: LinkOwner
  readonly lifetimeMs: number
  /** Cards that were given on the links before it, in the same sitting. */
  readonly tries?: number
}

/** `token` is told here and kept as a hash. */
export type CardUpdateLink = {
  readonly id: Uuid
  readonly token: string
  readonly expiresAt: Instant
  readonly createdAt: Instant
}

/** Somebody who is there now uses it now; everybody else has three days (spec/revtain.md 11). */
export const LINK_LIFETIME_MS = { present: MS_PER_HOUR, absent: 72 * MS_PER_HOUR } as const

const TOKEN_BYTES = 32

/**
 * Links on which payers replace a card, once each; one for each of `wanted`, in its order, in one statement. They live by
 * real time: a browser has no other.
 */
export async function createCardUpdateLinks(
  tx: Tx,
  deps: { readonly clock: Clock; readonly ids: Ids },
  given: { readonly accountId: Uuid; readonly wanted: readonly WantedLink[] },
): Promise<readonly CardUpdateLink[]> {
  const createdAt = deps.clock.now()
  const made = given.wanted.map(({ owner, lifetimeMs, tries = 0 }) => {
    const token = randomToken('', TOKEN_BYTES)
    const link = { id: deps.ids.next(), token, expiresAt: addMs(createdAt, lifetimeMs), createdAt }
    return { link, owner, tries }
  })
  const rows = made.map(({ link, owner, tries }) => ({
    account_id: given.accountId,
    id: link.id,
    ...toOwnerColumns(owner),
    token_hash: sha256Hex(link.token),
    expires_at: link.expiresAt,
    created_at: createdAt,
    tries,
  }))
  if (rows.length > 0) await insertLinks(tx, rows)
  return made.map(({ link }) => link)
}

function toOwnerColumns(owner: LinkOwner) {
  const isCustomer = owner.kind === 'customer'
  return {
    client_id: isCustomer ? null : owner.clientId,
    payment_token: isCustomer ? null : owner.paymentToken,
    recovery_id: isCustomer ? null : owner.recoveryId,
    customer_id: isCustomer ? owner.customerId : null,
    subscription_id: isCustomer ? owner.subscriptionId : null,
  }
}

/** Where links of customers open. */
export const CUSTOMER_PREFIX = '/pay/card'

/** Where a customer of the account opens a link. */
export function cardUpdateUrl(publicUrl: string, token: string): string {
  return `${publicUrl}${CUSTOMER_PREFIX}/${token}`
}
