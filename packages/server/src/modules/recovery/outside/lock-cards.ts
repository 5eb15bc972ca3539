import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { MS_PER_SECOND } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { lockHandedCards } from '../../payments/index.ts'
import { lockNames } from './queries/recoveries.ts'
import type { StoredRecovery } from './rows.ts'

/** The same card and amount within this time is the same charge (spec/revtain.md 4.4). */
export const SAME_CHARGE_MS = 300 * MS_PER_SECOND

/** Who may decide of charges of a token of this client: one at a time, so that nobody misses what another is about to charge. */
export function cardLock(clientId: Uuid, token: string): string {
  return `recovery card ${clientId} ${token}`
}

/** A card of a client, to be charged at this gateway. */
export type ClientCard = {
  readonly clientId: Uuid
  readonly gatewayId: Uuid
  readonly token: string
}

/**
 * Locks cards, and then what else of the account is known to be one of them: nobody charges one for another bill meanwhile.
 * Whoever locks cards of several clients locks them all at once.
 */
export async function lockCards(
  tx: Tx,
  accountId: Uuid,
  cards: readonly ClientCard[],
): Promise<void> {
  if (cards.length === 0) return
  const names = cards.map(({ clientId, token }) => cardLock(clientId, token))
  await Promise.all([lockNames(tx, names), lockHandedCards(tx, accountId, cards)])
}

/** The cards that a recovery may be charged to, with these tokens. */
export function cardsOf(row: StoredRecovery, tokens: readonly string[]): ClientCard[] {
  const { client_id: clientId, gateway_id: gatewayId } = row
  assert(gatewayId !== null, 'what waits has a gateway')
  return tokens.map((token) => ({ clientId, gatewayId, token }))
}
