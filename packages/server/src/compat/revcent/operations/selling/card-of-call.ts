import type { Uuid } from '@perennial/core/ids'
import { addDays } from '@perennial/core/time'
import { sha256Hex } from '../../../../platform/crypto/index.ts'
import type { Caller } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import {
  claimCardOfCall,
  claimTokensOfCall,
  findCardOfCall,
  findTokensOfCall,
} from '../../queries/cards-of-calls.ts'
import { detachCard, keepCard, tokenizeCard, type CreditCard, type TokenizedCard } from './vault-card.ts' // prettier-ignore

/** Days for which a repetition finds the card of its call: longer than `/v2` keeps an answer. */
const KEPT_DAYS = 2

export type KeptCard = {
  readonly id: Uuid
  /** False = it was kept before this call, and is not for it to take away. */
  readonly isNew: boolean
}

/**
 * The card that a call brings, kept once a call: a repetition has to ask for the same, and so with the same card. Of two that
 * run at once the first one's card counts, and the other's is detached. `purpose` tells calls with one key apart. The card is
 * charged where it is named, and is nobody's default yet.
 */
export async function keepCardOfCall(
  caller: Caller,
  given: { readonly customerId: Uuid; readonly card: CreditCard; readonly purpose: string },
): Promise<KeptCard> {
  const { context, deps } = caller
  const call = callOf(caller, given.purpose)
  const found = call === null ? null : await context.inTx((tx) => findCardOfCall(tx, call))
  if (found !== null) return { id: found, isNew: false }
  const card = await tokenizeCard(caller, given.card)
  const id = await keepCard(caller, { customerId: given.customerId, card })
  if (call === null) return { id, isNew: true }
  const at = deps.clock.now()
  const kept = { id, at, dropBefore: addDays(at, -KEPT_DAYS) }
  const first = await context.inTx((tx) => claimCardOfCall(tx, call, kept))
  if (first !== id) await detachCard(caller, id)
  return { id: first, isNew: first === id }
}

/**
 * What gateways call the card that a sale brings, asked once a call: a repetition has to send the same to `/v2`, which then
 * answers with what the first has come to. Nothing of the card is kept but that.
 */
export async function tokensOfCall(caller: Caller, card: CreditCard): Promise<TokenizedCard> {
  const { context, deps } = caller
  const call = callOf(caller, 'sale')
  if (call === null) return tokenizeCard(caller, card)
  const found = await context.inTx((tx) => findTokensOfCall(tx, call))
  if (found !== null) return found
  const tokens = await tokenizeCard(caller, card)
  const at = deps.clock.now()
  const kept = { tokens, at, dropBefore: addDays(at, -KEPT_DAYS) }
  return context.inTx((tx) => claimTokensOfCall(tx, call, kept))
}

/** The card that this call has kept before; null = none, or it has no key to be known again by. */
export async function findCardKept(caller: Caller, purpose: string): Promise<Uuid | null> {
  const call = callOf(caller, purpose)
  return call === null ? null : caller.context.inTx((tx) => findCardOfCall(tx, call))
}

function callOf({ context, apiKeyId }: Caller, purpose: string) {
  const key = context.request?.idempotencyKey ?? null
  if (key === null) return null
  return { accountId: context.accountId, callHash: sha256Hex(`${purpose}:${apiKeyId}:${key}`) }
}

/** Statuses of a "no" after which nothing is there of what was asked for. */
const UNWRITTEN: ReadonlySet<number> = new Set([400, 402, 404, 409, 422])
/** Those of them after which something may be: the same call runs or has run, or the card was charged and declined. */
const WRITTEN = new Set<string | null>(['idempotency_conflict', 'idempotency_in_progress', 'card_declined']) // prettier-ignore

/** Whether `/v2` has refused what was asked for so that nothing was written of it, now or by the same call before. */
function isUnwritten(error: unknown): boolean {
  return error instanceof FaceRefusal && UNWRITTEN.has(error.status) && !WRITTEN.has(error.ourCode)
}

/** Asks for what a card was kept for; one that was kept for nothing, because that is refused, is detached again. */
export async function askWith<Answer>(
  caller: Caller,
  kept: KeptCard | null,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (kept?.isNew === true && isUnwritten(error)) await detachCard(caller, kept.id)
    throw error
  }
}
