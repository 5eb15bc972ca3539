import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { randomToken, sha256Hex } from '../../../../platform/crypto/index.ts'
import type { RecoveryClient } from '../clients/client.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { insertLink } from '../queries/links.ts'

export type CardLink = { readonly token: string; readonly expiresAt: Instant }

const TOKEN_BYTES = 32
/** Somebody who is there now uses it now; everybody else has three days (spec/revtain.md 11). */
const HOURS = { present: 1, absent: 72 } as const

/** A link on which a payer replaces a card, once. Its token is told here and kept as a hash. */
export async function createCardLink(
  deps: Pick<OutsideDeps, 'database' | 'clock' | 'ids'>,
  client: RecoveryClient,
  of: {
    readonly paymentToken: string
    readonly recoveryId: Uuid | null
    readonly payer: 'present' | 'absent'
  },
): Promise<CardLink> {
  const { accountId } = client
  const realNow = deps.clock.now()
  const expiresAt = addMs(realNow, HOURS[of.payer] * MS_PER_HOUR)
  const token = randomToken('', TOKEN_BYTES)
  const row = {
    account_id: accountId,
    id: deps.ids.next(),
    client_id: client.id,
    recovery_id: of.recoveryId,
    token_hash: sha256Hex(token),
    payment_token: of.paymentToken,
    expires_at: expiresAt,
    created_at: realNow,
  }
  await deps.database.tx((tx) => insertLink(tx, row), { accountScope: accountId })
  return { token, expiresAt }
}
