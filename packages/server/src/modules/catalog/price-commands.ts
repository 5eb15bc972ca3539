import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge } from '@perennial/core/maps'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
  unlessViolated,
} from '../../platform/command/index.ts'
import { recordEvents } from '../../platform/outbox/index.ts'
import { toPriceEvent } from './catalog-events.ts'
import { type Price, findPriceProblem } from './price.ts'
import type { NewPrice } from './price-requests.ts'
import { findProduct, insertPrices, lockPrice, updatePriceRow } from './queries.ts'

const PROFILE_UNKNOWN = { constraint: 'prices_profile_exists', code: 'profile_not_found' } as const

/** Refuses: `invalid_terms`, `product_not_found`, `profile_not_found`. */
export async function createPrice(
  context: CommandContext,
  request: NewPrice,
): Promise<Decision<Price, 'invalid_terms' | 'product_not_found' | 'profile_not_found'>> {
  const { accountId, now } = context
  const problem = findPriceProblem(request)
  if (problem !== null) return refused('invalid_terms', problem)
  const price: Price = {
    ...request,
    id: context.ids.next(),
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  const event = toPriceEvent(context, price, null)
  assert(event !== null, 'a new price is an event')
  return unlessViolated(PROFILE_UNKNOWN, () =>
    context.inTx(async (tx) => {
      const product = await findProduct(tx, { accountId, id: request.productId })
      if (product === null) return refused('product_not_found', { param: 'product_id' })
      await Promise.all([
        insertPrices(tx, accountId, [price]),
        recordEvents(tx, [event]),
        context.remember(tx, 'price', price.id),
      ])
      return accepted(price)
    }),
  )
}

/** Labels and `active`; the terms never change. A change that changes nothing writes nothing. Refuses: `price_not_found`,
 * `map_too_large`, `profile_not_found`. */
export async function updatePrice(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: (current: Price) => Price },
): Promise<Decision<Price, 'price_not_found' | 'map_too_large' | 'profile_not_found'>> {
  const { accountId } = context
  return unlessViolated(PROFILE_UNKNOWN, () =>
    context.inTx(async (tx) => {
      const current = await lockPrice(tx, { accountId, id: request.id })
      if (current === null) return refused('price_not_found')
      const price = request.change(current)
      if (isMapTooLarge(price.metadata)) return refused('map_too_large')
      const event = toPriceEvent(context, price, current)
      await context.remember(tx, 'price', price.id)
      if (event === null) return accepted(current)
      await updatePriceRow(tx, accountId, price)
      await recordEvents(tx, [event])
      return accepted(price)
    }),
  )
}
