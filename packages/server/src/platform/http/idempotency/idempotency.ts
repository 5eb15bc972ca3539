import { assert } from '@perennial/core/fault'
import type { IdKind, Uuid } from '@perennial/core/ids'
import { type Instant, MS_PER_HOUR, addMs } from '@perennial/core/time'
import type { Clock } from '../../clock/index.ts'
import type { CommandContext } from '../../command/index.ts'
import type { Database, Tx } from '../../db/index.ts'
import type { JsonObject } from '../../wire/index.ts'
import { ApiRefusal } from '../api-refusal.ts'
import {
  type Claim,
  type KeyOfRequest,
  type MadeObject,
  type StoredAnswer,
  findStoredRequest,
  handBackClaim,
  insertClaim,
  releaseClaim,
  rememberObject,
  storeAnswer,
  takeOverClaim,
} from './queries.ts'

/** How long an answer is kept for repetitions (revkeen 3.6). */
export const LIFETIME_MS = 24 * MS_PER_HOUR
/** Real time after which a request that nobody says is under way counts as crashed. */
const ABANDONED_MS = 60_000

/** Loads the body that a request would have answered for an object; null when it is gone. */
export type ObjectLoader = (context: CommandContext, id: Uuid) => Promise<object | null>

/** The wire forms by kind of object, for answering a request whose process died before its answer was stored. */
export class ObjectLoaders {
  readonly #loaders = new Map<IdKind, ObjectLoader>()

  register(kind: IdKind, load: ObjectLoader): void {
    assert(!this.#loaders.has(kind), `${kind} has one loader`)
    this.#loaders.set(kind, load)
  }

  async load(context: CommandContext, object: MadeObject): Promise<object | null> {
    const load = this.#loaders.get(object.kind)
    assert(load !== undefined, `${object.kind} has a loader`)
    return load(context, object.id)
  }
}

/** A route's `reload` where the command noted the whole answer. */
export async function noted(
  _context: CommandContext,
  { note }: MadeObject,
): Promise<JsonObject | null> {
  return note
}

/** What to do with a request that carries an idempotency key. */
export type Admission =
  | { readonly kind: 'run'; readonly claim: Claim }
  | { readonly kind: 'replay'; readonly answer: StoredAnswer }
  /** It ran and its process died: answer with what it made. */
  | {
      readonly kind: 'reload'
      readonly claim: Claim
      readonly object: MadeObject
      readonly takenOverFrom: Instant
    }

/** Refuses with 409 when the key was used for another body or its first request still runs (revkeen 3.6). */
export async function admit(
  deps: { readonly database: Database; readonly clock: Clock },
  request: KeyOfRequest & { readonly requestHash: string },
): Promise<Admission> {
  const { kysely } = deps.database
  const startedAt = deps.clock.now()
  const claim: Claim = { ...request, startedAt }
  const expiredBefore = addMs(startedAt, -LIFETIME_MS)
  if (await insertClaim(kysely, { ...request, startedAt, expiredBefore }))
    return { kind: 'run', claim }

  const stored = await findStoredRequest(kysely, request)
  // Gone between the two statements: its first request failed before it did anything, or it was cleaned up.
  if (stored === null) throw inProgress()
  if (stored.requestHash !== request.requestHash) throw otherBody()
  if (stored.answer !== null) return { kind: 'replay', answer: stored.answer }
  if (!isAbandoned(stored.aliveAt, startedAt)) throw inProgress()
  const { aliveAt, startedAt: takenOverFrom } = stored
  const left = { ...request, startedAt: takenOverFrom, aliveAt }
  const won = await takeOverClaim(kysely, left, startedAt)
  if (!won) throw inProgress()
  return stored.object === null
    ? { kind: 'run', claim }
    : { kind: 'reload', claim, object: stored.object, takenOverFrom }
}

/** As if it had crashed: the next repetition need not wait. */
function abandonedAt({ startedAt }: Claim): Instant {
  return addMs(startedAt, -ABANDONED_MS - 1)
}

function isAbandoned(aliveAt: Instant, now: Instant): boolean {
  return now - aliveAt > ABANDONED_MS
}

/**
 * Ties the object to the request within the command's own transaction. A request that was taken for dead and has been
 * taken over stops here, and its transaction with it: only one of the two can commit.
 */
export async function remember(
  tx: Tx,
  claim: Claim,
  object: { readonly kind: IdKind; readonly id: Uuid; readonly note: object | null },
): Promise<void> {
  if (!(await rememberObject(tx, claim, object))) throw inProgress()
}

/**
 * Keeps an answer for replay. An error of ours that came before anything was committed is not kept, so that the caller
 * may try again; one that came after (a gateway may have been called) is. What may pass, a conflict, a queue that is
 * full or an outage, is never kept: the next one runs, or is told what there is.
 */
export async function settle(
  database: Database,
  claim: Claim,
  answer: StoredAnswer,
): Promise<void> {
  const { status } = answer
  const mayPass = status === 409 || status === 429 || status === 503
  if ((mayPass || status >= 500) && (await releaseClaim(database.kysely, claim))) return
  if (mayPass) await handBackClaim(database.kysely, claim, abandonedAt(claim))
  else await storeAnswer(database.kysely, claim, answer)
}

/**
 * Keeps the answer to the repetition of a request whose process died. One that could not be told, because of us or because
 * something else is under way, is not kept: what was done may have moved money, so the next one has to be told of it.
 */
export async function settleReload(
  database: Database,
  taken: { readonly claim: Claim; readonly takenOverFrom: Instant },
  answer: StoredAnswer,
): Promise<void> {
  if (answer.status >= 500 || answer.status === 409)
    await handBackClaim(database.kysely, taken.claim, taken.takenOverFrom)
  else await storeAnswer(database.kysely, taken.claim, answer)
}

function otherBody(): ApiRefusal {
  return new ApiRefusal({
    status: 409,
    type: 'idempotency_error',
    code: 'idempotency_conflict',
    message:
      'This idempotency key was used for a request with another body. Use a new key for a new request.',
    param: 'Idempotency-Key',
  })
}

function inProgress(): ApiRefusal {
  return new ApiRefusal({
    status: 409,
    type: 'idempotency_error',
    code: 'idempotency_in_progress',
    message: 'A request with this idempotency key is still running. Try again shortly.',
    param: 'Idempotency-Key',
    headers: { 'retry-after': '1' },
  })
}
