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
import { listHandedWith, lockOpenWith, OPEN_MAX } from '../queries/recoveries.ts'
import type { OutsideAttempt, StoredRecovery } from '../rows.ts'
import { writeSteps, type DecidedStep } from '../settle-outside.ts'

/**
 * Another card takes the place of one, in everything that goes on with that; returns the charges that follow. Each is tried with
 * it, unless the client has handed the same payment over with that card meanwhile: then that one goes on, and this one ends.
 */
export async function moveRecoveries(
  deps: OutsideDeps,
  tx: Tx,
  given: {
    readonly client: RecoveryClient
    readonly oldToken: string
    readonly newToken: string
    readonly now: Instant
    readonly isPresent: boolean
  },
): Promise<readonly OutsideAttempt[]> {
  const { client, oldToken: token, isPresent } = given
  const of = { accountId: client.accountId, clientId: client.id, token }
  const attempts: OutsideAttempt[] = []
  let after: Uuid | null = null
  for (;;) {
    const rows = await lockOpenWith(tx, of, after)
    const decided = await decideMoves(deps, tx, { ...given, rows })
    attempts.push(...(await writeSteps(deps, tx, decided, { isPresent })))
    after = rows.at(-1)?.id ?? null
    if (rows.length < OPEN_MAX) return attempts
  }
}

async function decideMoves(
  deps: OutsideDeps,
  tx: Tx,
  given: Pick<Parameters<typeof moveRecoveries>[2], 'client' | 'newToken' | 'now' | 'isPresent'> & {
    readonly rows: readonly StoredRecovery[]
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
  const superseded = findSuperseded(rows, handed)
  const decide = (recovery: OutsideRecovery, view: OutsideView) =>
    superseded.has(recovery.id)
      ? { recovery: cancelOutside(recovery, { reason: HANDED_ANEW, at: now }), isAttempting: false }
      : moveOutside(recovery, newToken, view)
  return decideRows(deps, tx, { client, rows, tokens: [newToken], now, isPresent, decide })
}

/** Those that wait and were handed over anew; each hand-over is one payment, and stands for one. */
function findSuperseded(
  rows: readonly StoredRecovery[],
  handed: readonly StoredRecovery[],
): ReadonlySet<Uuid> {
  const ids = new Set(rows.map(({ id }) => id))
  const anew = handed.filter(({ id }) => !ids.has(id))
  const superseded = new Set<Uuid>()
  for (const row of rows) {
    const same = anew.findIndex((one) => isSamePayment(one, row))
    if (same < 0 || row.next_attempt_at === null) continue
    anew.splice(same, 1)
    superseded.add(row.id)
  }
  return superseded
}

const HANDED_ANEW = 'It was handed over again, with the new card.'

function isSamePayment(one: StoredRecovery, other: StoredRecovery): boolean {
  if (other.connector_id !== null) return false
  return one.amount_minor === other.amount_minor && one.currency === other.currency
}
