import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  cancelOutside,
  holdOutside,
  moveOutside,
  supersedeOutside,
  withDue,
  type OutsideRecovery,
  type OutsideStep,
  type OutsideView,
} from '@perennial/core/recovery'
import { addMs, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../../platform/db/index.ts'
import type { NotCharged } from '../../../card-updates/page/index.ts'
import { LATER, type BillHeard } from '../../connectors/ask-bill.ts'
import type { BillsHeard } from '../../connectors/ask-bills.ts'
import type { Connector } from '../../connectors/connector.ts'
import { listPlatformsOf } from '../../connectors/queries/connectors.ts'
import { connectorOf } from '../../connectors/reach-platform.ts'
import type { RecoveryClient } from '../clients/client.ts'
import { decideRows } from '../decide-rows.ts'
import { cardsOf, lockCards, SAME_CHARGE_MS } from '../lock-cards.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { listHandedWith, lockOpenWith, OPEN_MAX } from '../queries/recoveries.ts'
import type { OutsideAttempt, StoredRecovery } from '../rows.ts'
import { writeSteps, type DecidedStep } from '../settle-outside.ts'

export type Moved = {
  /** To be charged at once. */
  readonly attempts: readonly OutsideAttempt[]
  /** Why what waited and is not charged now is not, once for each. */
  readonly notCharged: readonly NotCharged[]
}

export type Move = {
  readonly client: RecoveryClient
  readonly oldToken: string
  readonly newToken: string
  readonly now: Instant
  readonly isPresent: boolean
  /** Whose gateway the new token belongs to; null = a simulated one. */
  readonly vendorKind: string | null
  /** What platforms have just told of the bills that wait on the old card. */
  readonly bills: BillsHeard
}

/**
 * Another card takes the place of one, in everything that goes on with that; returns the charges that follow. Each is tried with
 * it, unless the client has handed the same payment over with that card meanwhile: then that one goes on, and this one ends.
 * Of a bill that lives on a platform no more is charged than its platform has just called due, and nothing before it has told.
 * Recoveries whose platform charges the card that it has stay as they are.
 */
export async function moveRecoveries(deps: OutsideDeps, tx: Tx, move: Move): Promise<Moved> {
  const { client, oldToken: token, isPresent } = move
  const of = { accountId: client.accountId, clientId: client.id, token }
  const attempts: OutsideAttempt[] = []
  const notCharged: NotCharged[] = []
  let after: Uuid | null = null
  for (;;) {
    const rows = await lockOpenWith(tx, of, after)
    const { movable, kept } = await splitMovable(deps, tx, { ...move, rows })
    const decided = await decideMoves(deps, tx, { ...move, rows: movable })
    attempts.push(...(await writeSteps(deps, tx, decided, { isPresent })))
    notCharged.push(...kept, ...decided.flatMap((one) => reasonOf(one, move.bills)))
    after = rows.at(-1)?.id ?? null
    if (rows.length < OPEN_MAX) return { attempts, notCharged }
  }
}

type MoveRows = Move & { readonly rows: readonly StoredRecovery[] }

/** Without those whose platform cannot be told of a card, unless its bill is over; `kept`: why each of these that waits is not charged. */
async function splitMovable(
  deps: OutsideDeps,
  tx: Tx,
  { client, rows, bills, vendorKind }: MoveRows,
): Promise<{ readonly movable: readonly StoredRecovery[]; readonly kept: readonly NotCharged[] }> {
  const ids = rows.flatMap(({ connector_id: id }) => (id === null ? [] : [id]))
  if (ids.length === 0) return { movable: rows, kept: [] }
  const { accountId } = client
  const connectors = await listPlatformsOf(tx, { accountId, ids: [...new Set(ids)] })
  const closed = new Set<Uuid | null>(
    connectors
      .filter(({ platform }) => !takesCardsOf(connectorOf(deps, platform), vendorKind))
      .map(({ id }) => id),
  )
  const isKept = (row: StoredRecovery): boolean =>
    closed.has(row.connector_id) && bills.get(row.id)?.kind !== 'over'
  const kept = rows.filter((row) => isKept(row) && row.next_attempt_at !== null)
  return {
    movable: rows.filter((row) => !isKept(row)),
    kept: kept.map((row) => (bills.get(row.id)?.kind === 'busy' ? 'on_its_way' : 'told')),
  }
}

/** Where we charge ourselves any card of the client's gateway will do. */
function takesCardsOf(connector: Connector, vendorKind: string | null): boolean {
  if (connector.collects === 'here') return true
  return connector.takesToken && (vendorKind === null || vendorKind === connector.dialect)
}

/** Why what waited is not charged now; nothing where it is, or another one is in its place. */
function reasonOf({ row, step }: DecidedStep, bills: BillsHeard): NotCharged[] {
  if (step.isAttempting || row.next_attempt_at === null) return []
  const bill = bills.get(row.id)
  if (bill?.kind === 'over') return ['settled']
  if (bill?.kind === 'busy') return ['on_its_way']
  return step.recovery.state === 'scheduled' ? ['later'] : []
}

async function decideMoves(deps: OutsideDeps, tx: Tx, given: MoveRows): Promise<DecidedStep[]> {
  const { client, rows, newToken, now, isPresent, bills } = given
  if (rows.length === 0) return []
  const { accountId, id: clientId } = client
  const cards = rows.flatMap((row) => cardsOf(row, [newToken]))
  const handedSince = { token: newToken, since: addMs(now, -SAME_CHARGE_MS) }
  const [, handed] = await Promise.all([
    lockCards(tx, accountId, cards),
    listHandedWith(tx, { accountId, clientId, ...handedSince }),
  ])
  const superseded = findSuperseded(rows, handed)
  const billed = new Set(rows.flatMap((row) => (row.connector_id === null ? [] : [row.id])))
  const decide = (recovery: OutsideRecovery, view: OutsideView): OutsideStep => {
    const by = superseded.get(recovery.id)
    if (by !== undefined) return supersededBy(by, recovery, now)
    return billed.has(recovery.id)
      ? moveBilled(recovery, { token: newToken, bill: bills.get(recovery.id) }, view)
      : moveOutside(recovery, newToken, view)
  }
  return decideRows(deps, tx, { client, rows, tokens: [newToken], now, isPresent, decide })
}

/** `bill`: undefined = it began to wait after its platform was asked. */
function moveBilled(
  recovery: OutsideRecovery,
  { token, bill }: { readonly token: string; readonly bill: BillHeard | undefined },
  view: OutsideView,
): OutsideStep {
  // Its bill is looked at when the charge that is out has been refused.
  if (recovery.nextAttemptAt === null) return moveOutside(recovery, token, view)
  if (bill?.kind === 'over') return canceled(recovery, bill.reason, view.now)
  if (bill?.kind === 'due') return moveOutside(withDue(recovery, bill.due), token, view)
  const { reason, afterMs } = bill === undefined ? UNASKED : LATER[bill.kind]
  const held = { reason, until: addMs(view.now, afterMs) }
  return holdOutside(recovery, moveOutside(recovery, token, view), held)
}

const UNASKED = { reason: 'The bill is looked at first.', afterMs: 0 } as const

function canceled(recovery: OutsideRecovery, reason: string, at: Instant): OutsideStep {
  return { recovery: cancelOutside(recovery, { reason, at }), isAttempting: false }
}

/** Those that wait and were handed over anew, and as which; each hand-over is one payment, and stands for one. */
function findSuperseded(
  rows: readonly StoredRecovery[],
  handed: readonly StoredRecovery[],
): ReadonlyMap<Uuid, Uuid> {
  const ids = new Set(rows.map(({ id }) => id))
  const anew = handed.filter(({ id }) => !ids.has(id))
  const superseded = new Map<Uuid, Uuid>()
  for (const row of rows) {
    const same = anew.findIndex((one) => isSamePayment(one, row))
    if (same < 0 || row.next_attempt_at === null) continue
    for (const by of anew.splice(same, 1)) superseded.set(row.id, by.id)
  }
  return superseded
}

function supersededBy(by: Uuid, recovery: OutsideRecovery, at: Instant): OutsideStep {
  const reason = `It was handed over again, with the new card, as ${encodeId('recovery_case', by)}.`
  return { recovery: supersedeOutside(recovery, { reason, at }), isAttempting: false }
}

function isSamePayment(one: StoredRecovery, other: StoredRecovery): boolean {
  if (other.connector_id !== null) return false
  return one.amount_minor === other.amount_minor && one.currency === other.currency
}
