import type { BillExtras } from '@perennial/core/billing'
import {
  findObstacle,
  type DiscountedLine,
  type DiscountObstacle,
  type DiscountUses,
} from '@perennial/core/discounts'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
  type Refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { type ErrorCatalogue, invalid, unknown } from '../../../platform/http/index.ts'
import { findManyKept } from '../../../platform/kept/index.ts'
import { countCustomerUses, listSubscriptionUses, toDiscount } from '../../discounts/index.ts'
import { toDiscountedLines, type BorneItem } from './load-extras.ts'
import { hasPaidBefore } from './queries.ts'

export type ExtrasRefusal =
  | 'discount_not_found'
  | 'discount_code_unknown'
  | 'discount_not_usable'
  | 'tax_rate_not_found'
  | 'tax_rate_inactive'

export const extrasErrors: ErrorCatalogue<ExtrasRefusal> = {
  discount_not_found: unknown('discount', 'discount_ids'),
  discount_code_unknown: invalid('There is no discount with this code.', 'discountCode'),
  discount_not_usable: invalid('This discount cannot be used here.', 'discount_ids'),
  tax_rate_not_found: unknown('tax rate', 'tax_rate_ids'),
  tax_rate_inactive: invalid(
    'This tax rate is switched off or archived. Name one that is active.',
    'tax_rate_ids',
  ),
}

const REASONS: Readonly<Record<DiscountObstacle, string>> = {
  inactive: 'it is switched off or archived',
  not_started: 'it does not count yet',
  expired: 'it has expired',
  spent: 'this subscription has had it as often as it may',
  used_up: 'it has been used as often as it may',
  used_up_by_customer: 'this customer has used it as often as one customer may',
  not_for_this_scope: 'it is not for subscriptions',
  not_for_these_products: 'it is not for what is sold here',
  not_a_first_time_customer: 'it is for customers who have not paid before',
}

/** Whom discounts and tax rates are to be given to. */
export type ExtrasGift = {
  readonly customerId: Uuid
  /** Null: it does not exist yet. */
  readonly subscriptionId: Uuid | null
  readonly lines: readonly DiscountedLine[]
  /** Those that are new to it. */
  readonly discountIds: readonly Uuid[]
  readonly taxRateIds: readonly Uuid[]
}

/** Whether discounts and tax rates may be given. Refuses in the order of `ExtrasRefusal`, and says why. */
export async function checkExtras(
  tx: Tx,
  context: CommandContext,
  gift: ExtrasGift,
): Promise<Decision<null, ExtrasRefusal>> {
  const { accountId } = context
  const rows = await findManyKept(tx, { table: 'discounts', accountId, ids: gift.discountIds })
  const missing = gift.discountIds.find((id) => rows.every((row) => row.id !== id))
  if (missing !== undefined)
    return refused('discount_not_found', {
      message: `No such discount: ${encodeId('discount', missing)}.`,
    })
  if (rows.length > 0) {
    const usesOf = await createUsesOf(tx, accountId, gift)
    const isFirstTimeCustomer = !(await hasPaidBefore(tx, accountId, gift.customerId))
    for (const row of rows) {
      const uses = { ...usesOf(row.id), inAll: row.uses_reserved + row.redemptions }
      const sale = { at: context.now, lines: gift.lines, isFirstTimeCustomer }
      const obstacle = findObstacle(toDiscount(row), uses, sale)
      if (obstacle !== null) return unusable(row.code, obstacle, gift.lines)
    }
  }
  const rates = await findManyKept(tx, { table: 'tax_rates', accountId, ids: gift.taxRateIds })
  return checkRates(gift.taxRateIds, new Map(rates.map(({ id, status }) => [id, status])))
}

function checkRates(
  ids: readonly Uuid[],
  statusOf: ReadonlyMap<Uuid, string>,
): Decision<null, 'tax_rate_not_found' | 'tax_rate_inactive'> {
  const unusable = ids.find((id) => statusOf.get(id) !== 'active')
  if (unusable === undefined) return accepted(null)
  const named = encodeId('tax_rate', unusable)
  return statusOf.has(unusable)
    ? refused('tax_rate_inactive', { message: `Tax rate ${named} is switched off or archived.` })
    : refused('tax_rate_not_found', { message: `No such tax rate: ${named}.` })
}

function unusable(
  code: string,
  obstacle: DiscountObstacle,
  lines: readonly DiscountedLine[],
): Refused<'discount_not_usable'> {
  const isOnce = obstacle === 'not_for_this_scope' && lines.every(({ isRecurring }) => !isRecurring)
  const reason = isOnce ? 'it is for subscriptions alone' : REASONS[obstacle]
  const message = `Discount ${code} cannot be used here: ${reason}.`
  return refused('discount_not_usable', { message })
}

/** The first discount of a bill to come that does not count, now that its uses are locked; null when all do. */
export function findUnusable(
  borne: BillExtras | undefined,
  { at, items }: { readonly at: Instant; readonly items: readonly BorneItem[] },
): Refused<'discount_not_usable'> | null {
  const lines = toDiscountedLines(items)
  for (const { discount, uses } of borne?.discounts ?? []) {
    const obstacle = findObstacle(discount, uses, { at, lines, isFirstTimeCustomer: true })
    if (obstacle !== null) return unusable(discount.code, obstacle, lines)
  }
  return null
}

async function createUsesOf(
  tx: Tx,
  accountId: Uuid,
  { subscriptionId, customerId, discountIds }: ExtrasGift,
): Promise<(id: Uuid) => Omit<DiscountUses, 'inAll'>> {
  const own =
    subscriptionId === null ? null : await listSubscriptionUses(tx, accountId, subscriptionId)
  const asked = discountIds.map((discountId) => ({ discountId, customerId }))
  const counted = await countCustomerUses(tx, accountId, asked)
  const byCustomer = new Map(counted.map(({ discountId, uses }) => [discountId, uses]))
  return (id) => ({ ofSubscription: own?.get(id) ?? 0, ofCustomer: byCustomer.get(id) ?? 0 })
}
