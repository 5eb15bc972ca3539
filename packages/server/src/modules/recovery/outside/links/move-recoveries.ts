import { assert } from '@perennial/core/fault'
import { cancelOutside, moveOutside } from '@perennial/core/recovery'
import { addMs, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../../platform/db/index.ts'
import type { RecoveryClient } from '../clients/client.ts'
import { loadView } from '../load-view.ts'
import { lockCards, SAME_CHARGE_MS } from '../lock-cards.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { listHandedWith } from '../queries/recoveries.ts'
import { toRecovery, type StoredRecovery } from '../rows.ts'
import type { DecidedStep } from '../settle-outside.ts'

/**
 * What locked recoveries of a client become where another card takes the place of theirs. Each is tried with it, unless the
 * client has handed the same payment over with that card meanwhile: then that one goes on, and this one ends.
 */
export async function moveRecoveries(
  deps: OutsideDeps,
  tx: Tx,
  given: {
    readonly client: RecoveryClient
    readonly rows: readonly StoredRecovery[]
    readonly newToken: string
    readonly now: Instant
  },
): Promise<DecidedStep[]> {
  const { client, rows, newToken, now } = given
  if (rows.length === 0) return []
  const { accountId, id: clientId } = client
  const handedSince = { token: newToken, since: addMs(now, -SAME_CHARGE_MS) }
  const [, handed] = await Promise.all([
    lockCards(tx, { clientId, tokens: [newToken] }),
    listHandedWith(tx, { accountId, clientId, ...handedSince }),
  ])
  const ids = new Set(rows.map(({ id }) => id))
  const anew = handed.filter(({ id }) => !ids.has(id))
  const decided: DecidedStep[] = []
  for (const row of rows) {
    const { gateway_id: gatewayId } = row
    assert(gatewayId !== null, 'what waits has a gateway')
    const same = anew.findIndex((one) => isSamePayment(one, row))
    if (same >= 0) {
      // Each of them is one payment, and stands for one.
      anew.splice(same, 1)
      const recovery = cancelOutside(toRecovery(row), { reason: HANDED_ANEW, at: now })
      decided.push({ row, client, gatewayId, step: { recovery, isAttempting: false } })
      continue
    }
    const of = { client, gatewayId, tokens: [newToken], bin: null, now }
    const step = moveOutside(toRecovery(row), newToken, await loadView(deps, tx, of))
    decided.push({ row, client, gatewayId, step })
  }
  return decided
}

const HANDED_ANEW = 'It was handed over again, with the new card.'

function isSamePayment(one: StoredRecovery, other: StoredRecovery): boolean {
  if (other.connector_id !== null) return false
  return one.amount_minor === other.amount_minor && one.currency === other.currency
}
