import { encodeId, type Uuid } from '@perennial/core/ids'
import { addDays } from '@perennial/core/time'
import { sha256Hex } from '../../../../platform/crypto/index.ts'
import type { Caller } from '../../calls/operation.ts'
import { claimCardOfCall, findCardOfCall } from '../../queries/cards-of-calls.ts'
import { keepCard, tokenizeCard, type CreditCard } from './vault-card.ts'

/** Days for which a repetition finds the card of its call: longer than `/v2` keeps an answer. */
const KEPT_DAYS = 2

/** A card that a gateway has taken, or that the same call has kept before. */
export type CardOfCall = {
  /** The method that it is with this customer; charged where it is named, and nobody's default yet. */
  keepWith(customerId: Uuid): Promise<Uuid>
}

/**
 * The card that a call brings, kept once a call: a repetition has to ask for the same sale, and so with the same card. Of
 * two that run at once the first one's card counts, and the other's is detached.
 */
export async function cardOfCall(caller: Caller, card: CreditCard): Promise<CardOfCall> {
  const { context, deps, apiKeyId, v2 } = caller
  const { accountId } = context
  const key = context.request?.idempotencyKey ?? null
  if (key === null) {
    const tokenized = await tokenizeCard(caller, card)
    return { keepWith: (customerId) => keepCard(caller, { customerId, card: tokenized, isDefault: false }) } // prettier-ignore
  }
  const call = { accountId, callHash: sha256Hex(`${apiKeyId}:${key}`) }
  const found = await context.inTx((tx) => findCardOfCall(tx, call))
  if (found !== null) return { keepWith: async () => found }
  const tokenized = await tokenizeCard(caller, card)
  return {
    keepWith: async (customerId) => {
      const id = await keepCard(caller, { customerId, card: tokenized, isDefault: false })
      const at = deps.clock.now()
      const kept = { id, at, dropBefore: addDays(at, -KEPT_DAYS) }
      const first = await context.inTx((tx) => claimCardOfCall(tx, call, kept))
      if (first !== id)
        await v2.sendAnew('POST', `/payment-methods/${encodeId('payment_method', id)}/detach`, {})
      return first
    },
  }
}
