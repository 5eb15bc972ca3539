import type { Uuid } from '@perennial/core/ids'
import { MS_PER_SECOND } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { lockNames } from './queries/recoveries.ts'

/** The same card and amount within this time is the same charge (spec/revtain.md 4.4). */
export const SAME_CHARGE_MS = 300 * MS_PER_SECOND

/** Who may decide of charges of a token of this client: one at a time, so that nobody misses what another is about to charge. */
export function cardLock(clientId: Uuid, token: string): string {
  return `recovery card ${clientId} ${token}`
}

export async function lockCards(
  tx: Tx,
  of: { readonly clientId: Uuid; readonly tokens: readonly string[] },
): Promise<void> {
  const names = of.tokens.map((token) => cardLock(of.clientId, token))
  await lockNames(tx, names)
}
