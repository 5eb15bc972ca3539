import { addToSale, type SaleEntry } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { fitsWire, type Currency } from '@perennial/core/money'
import { addUp, type CustomerSaleLine } from '@perennial/core/sales'
import type { SubscriptionExtras } from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { ExtrasRefusal } from '../extras/check-extras.ts'
import { planNewExtras } from '../extras/plan-new-extras.ts'
import { priceLines, type LinesRefusal, type WantedLines } from './price-lines.ts'

export type WantedSale = WantedLines & {
  readonly discounts: readonly SaleEntry[]
  readonly tax: readonly SaleEntry[]
  /** Discounts and tax rates of the account. */
  readonly extras: SubscriptionExtras | null
  /** Whether a rate of the account's shipping profiles is charged for goods. */
  readonly shipsByProfile: boolean
}

export type PricedSale = {
  readonly currency: Currency
  readonly lines: readonly CustomerSaleLine[]
  readonly extras: SubscriptionExtras | null
}

/**
 * All lines of a sale. Profiles, and discounts whose uses are limited, are held until the caller commits. Refusals of what is
 * sold come before those of what comes off and on top.
 */
export async function priceSale(
  tx: Tx,
  context: CommandContext,
  wanted: WantedSale & {
    readonly saleId: Uuid
    readonly customerId: Uuid
    readonly nextId: () => Uuid
  },
): Promise<Decision<PricedSale, LinesRefusal | ExtrasRefusal>> {
  const { accountId, now: at } = context
  const { saleId, customerId, nextId, extras, shipsByProfile } = wanted
  const priced = await priceLines({ tx, accountId, nextId }, wanted)
  if (priced.kind === 'refused') return priced
  const { currency, goods } = priced.value
  const items = shipsByProfile
    ? goods
    : goods.map((one) => ({ ...one, fulfillmentType: 'none' as const }))
  const named = { id: saleId, customerId, items, profile: null, extras, discountCode: null }
  const planned = await planNewExtras(tx, context, named)
  if (planned.kind === 'refused') return planned
  const shipped = items.filter(({ fulfillmentType }) => fulfillmentType === 'physical')
  const lines = addToSale(priced.value.lines, {
    ...wanted,
    currency,
    at,
    extras: planned.value.borne,
    shippedIds: shipped.flatMap(({ productId }) => productId ?? []),
  })
  const { subtotalMinor, taxMinor } = addUp(lines)
  if (!fitsWire(subtotalMinor + taxMinor)) return refused('total_too_large', { param: 'lines' })
  return accepted({ currency, lines, extras: planned.value.named })
}
