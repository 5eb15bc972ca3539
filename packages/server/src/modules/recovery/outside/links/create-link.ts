import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  type CardUpdateLink,
  createCardUpdateLinks,
  LINK_LIFETIME_MS,
} from '../../../card-updates/index.ts'
import type { RecoveryClient } from '../clients/client.ts'
import type { OutsideDeps } from '../outside-deps.ts'

/** A link on which a payer of the client replaces a card, once. */
export async function createCardLink(
  deps: Pick<OutsideDeps, 'database' | 'clock' | 'ids'>,
  client: RecoveryClient,
  of: {
    readonly paymentToken: string
    readonly recoveryId: Uuid | null
    readonly payer: 'present' | 'absent'
  },
): Promise<CardUpdateLink> {
  const { accountId, id: clientId } = client
  const { paymentToken, recoveryId, payer } = of
  const owner = { kind: 'client', clientId, paymentToken, recoveryId } as const
  const wanted = [{ owner, lifetimeMs: LINK_LIFETIME_MS[payer] }]
  const [link] = await deps.database.tx(
    (tx) => createCardUpdateLinks(tx, deps, { accountId, wanted }),
    { accountScope: accountId },
  )
  assert(link !== undefined, 'a link that was wanted is made')
  return link
}
