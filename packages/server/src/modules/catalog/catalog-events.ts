import type { CommandContext } from '../../platform/command/index.ts'
import { type NewEvent, factNumberOf, toPreviousAttributes } from '../../platform/outbox/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { Price } from './price.ts'
import { toWirePrice } from './price-schemas.ts'
import type { Product } from './product.ts'
import { toWireProduct } from './product-schemas.ts'

/** `deleted` = archived. Null when nothing that the API shows has changed. */
export function toProductEvent(
  context: CommandContext,
  product: Product,
  previous: Product | null,
): NewEvent | null {
  const isArchiving = previous !== null && product.isArchived && !previous.isArchived
  return toCatalogEvent(context, {
    kind: 'product',
    id: product.id,
    verb: verbOf(previous, isArchiving),
    data: toWireProduct(product),
    previous: previous === null ? null : toWireProduct(previous),
  })
}

/** `deleted` = archived. Null when nothing that the API shows has changed. */
export function toPriceEvent(
  context: CommandContext,
  price: Price,
  previous: Price | null,
): NewEvent | null {
  const isArchiving = previous !== null && !price.active && previous.active
  return toCatalogEvent(context, {
    kind: 'price',
    id: price.id,
    verb: verbOf(previous, isArchiving),
    data: toWirePrice(price),
    previous: previous === null ? null : toWirePrice(previous),
  })
}

type Verb = 'created' | 'updated' | 'deleted'

function verbOf(previous: object | null, isArchiving: boolean): Verb {
  if (previous === null) return 'created'
  return isArchiving ? 'deleted' : 'updated'
}

function toCatalogEvent(
  context: CommandContext,
  happened: {
    readonly kind: 'product' | 'price'
    readonly id: Product['id']
    readonly verb: Verb
    readonly data: JsonObject
    readonly previous: JsonObject | null
  },
): NewEvent | null {
  const { kind, verb, data, previous } = happened
  const previousAttributes = previous === null ? null : toPreviousAttributes(data, previous)
  if (previousAttributes !== null && Object.keys(previousAttributes).length === 0) return null
  const id = context.ids.next()
  return {
    accountId: context.accountId,
    id,
    type: `${kind}.${verb}`,
    objectKind: kind,
    objectId: happened.id,
    // A product may be archived, brought back and archived again.
    factNumber: verb === 'created' ? 0n : factNumberOf(id),
    customerId: null,
    subscriptionId: null,
    invoiceId: null,
    data,
    previousAttributes,
    request: context.request,
    occurredAt: context.now,
  }
}
