import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { insertMany } from '../../../platform/db/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'

/** Gives a sandbox the gateways of its card world, in the world's order of preference. */
export async function setUpSimulatedGateways(
  tx: Tx,
  ids: Ids,
  given: { readonly accountId: Uuid; readonly codes: readonly string[]; readonly at: Instant },
): Promise<void> {
  const rows = given.codes.map((code, position) => ({
    account_id: given.accountId,
    id: ids.next(),
    code,
    kind: 'simulated' as const,
    name: code,
    settings: { gateway: code },
    is_enabled: true,
    position,
    created_at: given.at,
  }))
  await insertMany(tx, 'gateways', rows)
}
