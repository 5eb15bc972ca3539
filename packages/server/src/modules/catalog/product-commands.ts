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
import { violatedConstraint } from '../../platform/db/index.ts'
import { recordEvents } from '../../platform/outbox/index.ts'
import { toProductEvent } from './catalog-events.ts'
import { insertProducts, lockProduct, updateProductRow } from './queries.ts'
import { type Product, type ProductDetails, findProductProblem } from './product.ts'

const PROFILE_UNKNOWN = {
  constraint: 'products_profile_exists',
  code: 'profile_not_found',
} as const

/** Refuses: `invalid_terms`, `reference_taken`, `profile_not_found`. */
export async function createProduct(
  context: CommandContext,
  details: ProductDetails,
): Promise<Decision<Product, 'invalid_terms' | 'reference_taken' | 'profile_not_found'>> {
  const { accountId, now } = context
  const problem = findProductProblem(details)
  if (problem !== null) return refused('invalid_terms', problem)
  const product: Product = { ...details, id: context.ids.next(), createdAt: now, updatedAt: now }
  const event = toProductEvent(context, product, null)
  assert(event !== null, 'a new product is an event')
  try {
    await context.inTx(async (tx) => {
      await Promise.all([
        insertProducts(tx, accountId, [product]),
        recordEvents(tx, [event]),
        context.remember(tx, 'product', product.id),
      ])
    })
  } catch (error) {
    const violated = violatedConstraint(error)
    if (violated === 'products_reference_unique') return refused('reference_taken')
    if (violated === 'products_profile_exists') return refused('profile_not_found')
    throw error
  }
  return accepted(product)
}

/**
 * A change that changes nothing writes nothing. Refuses: `product_not_found`, `map_too_large`, `invalid_terms`,
 * `profile_not_found`.
 */
export async function updateProduct(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: (current: Product) => Product },
): Promise<
  Decision<Product, 'product_not_found' | 'map_too_large' | 'invalid_terms' | 'profile_not_found'>
> {
  const { accountId } = context
  return unlessViolated(PROFILE_UNKNOWN, () =>
    context.inTx(async (tx) => {
      const current = await lockProduct(tx, { accountId, id: request.id })
      if (current === null) return refused('product_not_found')
      const product = request.change(current)
      if (isMapTooLarge(product.metadata)) return refused('map_too_large')
      const problem = findProductProblem(product)
      if (problem !== null) return refused('invalid_terms', problem)
      const event = toProductEvent(context, product, current)
      await context.remember(tx, 'product', product.id)
      if (event === null) return accepted(current)
      await updateProductRow(tx, accountId, product)
      await recordEvents(tx, [event])
      return accepted(product)
    }),
  )
}
