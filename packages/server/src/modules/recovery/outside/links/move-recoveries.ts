import type { Uuid } from '@perennial/core/ids'
import {
  cancelOutside,
  moveOutside,
  type OutsideRecovery,
  type OutsideView,
} from '@perennial/core/recovery'
import { addMs, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../../platform/db/index.ts'
import type { RecoveryClient } from '../clients/client.ts'
import { decideRows } from '../decide-rows.ts'
import { lockCards, SAME_CHARGE_MS } from '../lock-cards.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { listHandedWith } from '../queries/recoveries.ts'
import type { StoredRecovery } from '../rows.ts'
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
    readonly isPresent: boolean
  },
): Promise<DecidedStep[]> {
  const { client, rows, newToken, now, isPresent } = given
  if (rows.length === 0) return []
  const { accountId, id: clientId } = client
  const handedSince = { token: newToken, since: addMs(now, -SAME_CHARGE_MS) }
  const [, handed] = await Promise.all([
    lockCards(tx, { clientId, tokens: [newToken] }),
    listHandedWith(tx, { accountId, clientId, ...handedSince }),
  ])
  const ids = new Set(rows.map(({ id }) => id))
  const anew = handed.filter(({ id }) => !ids.has(id))
  const superseded = new Set<Uuid>()
  for (const row of rows) {
    const same = anew.findIndex((one) => isSamePayment(one, row))
    if (same < 0) continue
    // Each of them is one payment, and stands for one.
    anew.splice(same, 1)
    superseded.add(row.id)
  }
  const decide = (recovery: OutsideRecovery, view: OutsideView) =>
    superseded.has(recovery.id)
      ? { recovery: cancelOutside(recovery, { reason: HANDED_ANEW, at: now }), isAttempting: false }
      : moveOutside(recovery, newToken, view)
  return decideRows(deps, tx, { client, rows, tokens: [newToken], now, isPresent, decide })
}

const HANDED_ANEW = 'It was handed over again, with the new card.'

function isSamePayment(one: StoredRecovery, other: StoredRecovery): boolean {
  if (other.connector_id !== null) return false
  return one.amount_minor === other.amount_minor && one.currency === other.currency
}
