import { UNIT_DECIMALS_MAX } from '../catalog/index.ts'
import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { formatDecimal, ratio, scaleMinor, type Currency, type Ratio } from '../money/index.ts'
import {
  isCharge,
  itemAmount,
  unitAmountOf,
  type Period,
  type SubscriptionItem,
} from '../subscriptions/index.ts'
import type { InvoiceLine } from './invoice.ts'

export type Bill = {
  readonly lines: readonly InvoiceLine[]
  readonly subtotalMinor: bigint
  readonly discountMinor: bigint
}

export type BillRequest = {
  readonly invoiceId: Uuid
  readonly items: readonly SubscriptionItem[]
  /** The cycle that is billed; decides which stacked components count. */
  readonly cycle: number
  /** Part of a whole cycle, for a stub before the first billing day. */
  readonly share: Ratio
  readonly period: Period
  readonly currency: Currency
  readonly nextId: () => Uuid
  /** Keeps a line for every active component, those that come to nothing too. */
  readonly keepsEveryLine?: boolean
}

/**
 * Lines and sums of one cycle. Priced items make the base, unless a price override replaces it; then fixed
 * discounts, percentages of the base and final discounts come off in that order, never below zero
 * (order: spec/revolv3.md 5). A share of a cycle is a share of every charge and every discount in it, each
 * rounded half away from zero.
 */
export function billItems(request: BillRequest): Bill {
  const { charges, overridden, reductions, ...sums } = priceItems(request)
  const parts =
    request.keepsEveryLine === true
      ? [...charges, ...overridden, ...reductions]
      : [...charges, ...reductions.filter((reduction) => reduction.amountMinor < 0n)]
  return { lines: parts.map((part, position) => lineOf(part, position, request)), ...sums }
}

/** What items ask for in one whole cycle, before tax. */
export function cycleMinor(items: readonly SubscriptionItem[], cycle: number): bigint {
  const { subtotalMinor, discountMinor } = priceItems({ items, cycle, share: ratio(1n, 1n) })
  return subtotalMinor - discountMinor
}

function priceItems({ items, cycle, share }: Pick<BillRequest, 'items' | 'cycle' | 'share'>) {
  assert(cycle >= 0, 'nothing is billed before the first cycle')
  const active = items.filter((item) => isActiveInCycle(item, cycle))
  const overrides = active.filter((item) => item.component === 'price_override')
  const latestOverride = overrides.toSorted(
    (a, b) => b.createdAt - a.createdAt || b.position - a.position,
  )[0]
  const charged =
    latestOverride === undefined
      ? active.filter((item) => item.component === 'standard')
      : [latestOverride]

  const charges = charged.map((item) => ({ item, amountMinor: chargeOf(item, share) }))
  const subtotalMinor = charges.reduce((sum, charge) => sum + charge.amountMinor, 0n)

  let left = subtotalMinor
  const reductions = DISCOUNT_ORDER.flatMap((component) =>
    active.filter((item) => item.component === component),
  ).map((item) => {
    const wanted = reductionOf(item, { baseMinor: subtotalMinor, share })
    const taken = wanted < left ? wanted : left
    left -= taken
    return { item, amountMinor: -taken }
  })
  const overridden = active
    .filter(isCharge)
    .filter((item) => !charged.includes(item))
    .map((item) => ({ item, amountMinor: 0n }))
  return { charges, overridden, reductions, subtotalMinor, discountMinor: subtotalMinor - left }
}

const DISCOUNT_ORDER = ['discount', 'discount_percentage', 'final_discount'] as const

/** Whether a component counts in a cycle. */
export function isActiveInCycle(item: SubscriptionItem, cycle: number): boolean {
  if (cycle < item.cycleFirst) return false
  return item.cycleCount === null || cycle < item.cycleFirst + item.cycleCount
}

function chargeOf(item: SubscriptionItem, share: Ratio): bigint {
  return scaleMinor(itemAmount(item), share)
}

function reductionOf(
  item: SubscriptionItem,
  { baseMinor, share }: { readonly baseMinor: bigint; readonly share: Ratio },
): bigint {
  const { scheme } = item.terms
  switch (scheme.kind) {
    case 'percentage':
      return scaleMinor(baseMinor, ratio(BigInt(scheme.rateBps), 10_000n))
    case 'flat':
    case 'per_unit':
    case 'graduated':
    case 'volume':
    case 'package': {
      const amountMinor = chargeOf(item, share)
      assert(amountMinor >= 0n, 'a discount takes off a positive amount')
      return amountMinor
    }
    default:
      return assertNever(scheme)
  }
}

function lineOf(
  part: { readonly item: SubscriptionItem; readonly amountMinor: bigint },
  position: number,
  request: BillRequest,
): InvoiceLine {
  const { item, amountMinor } = part
  const unitAmount = unitAmountOf(item)
  const isWhole = request.share.numerator === request.share.denominator
  return {
    id: request.nextId(),
    invoiceId: request.invoiceId,
    position,
    subscriptionItemId: item.id,
    priceId: item.priceId,
    productId: item.productId,
    description: item.description,
    quantity: item.quantity,
    unitAmountDecimal: unitAmount === null ? null : formatDecimal(unitAmount, UNIT_DECIMALS_MAX),
    amountMinor,
    currency: request.currency,
    period: request.period,
    isProration: !isWhole,
  }
}
