import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { createPrice, createProduct, type NewPrice } from '../modules/catalog/index.ts'
import type { CommandContext } from '../platform/command/index.ts'
import { currencyOf } from './currency-of.ts'
import { findCatalogueIds } from './queries.ts'

const CURRENCIES = ['USD', 'EUR', 'GBP'] as const
type CurrencyCode = (typeof CURRENCIES)[number]
type Amounts = Readonly<Record<CurrencyCode, bigint>>

/** Seats get cheaper by the dozen: up to so many, at so much each. */
type SeatTier = { readonly upTo: bigint | null; readonly amounts: Amounts }

export type PlanName =
  | 'starter'
  | 'growth'
  | 'growth-yearly'
  | 'team'
  | 'team-yearly'
  | 'advice'
  | 'newsletter'

type Plan = {
  readonly name: PlanName
  readonly product: 'starter' | 'growth' | 'team' | 'advice' | 'newsletter'
  readonly interval: 'week' | 'month' | 'year'
  readonly intervalCount: number
  readonly trialDays: number
  readonly cost:
    | { readonly kind: 'unit'; readonly amounts: Amounts }
    | { readonly kind: 'seats'; readonly tiers: readonly SeatTier[] }
}

const PRODUCTS = {
  starter: ['Starter', 'One project, for a start'],
  growth: ['Growth', 'Everything for a growing shop'],
  team: ['Team', 'Paid by the seat, cheaper with every dozen'],
  advice: ['Quarterly advice', 'An hour with one of us every quarter'],
  newsletter: ['Market letter', 'Every Monday by mail'],
} as const

const SEATS = (yearly: bigint): readonly SeatTier[] => [
  { upTo: 5n, amounts: { USD: 1_200n * yearly, EUR: 1_100n * yearly, GBP: 950n * yearly } },
  { upTo: 20n, amounts: { USD: 1_000n * yearly, EUR: 900n * yearly, GBP: 800n * yearly } },
  { upTo: null, amounts: { USD: 800n * yearly, EUR: 720n * yearly, GBP: 640n * yearly } },
]

/** Two months are free when a year is paid at once. */
const MONTHS_PAID_A_YEAR = 10n

const PLANS: readonly Plan[] = [
  {
    name: 'starter', product: 'starter', interval: 'month', intervalCount: 1, trialDays: 0,
    cost: { kind: 'unit', amounts: { USD: 1_900n, EUR: 1_700n, GBP: 1_500n } },
  },
  {
    name: 'growth', product: 'growth', interval: 'month', intervalCount: 1, trialDays: 14,
    cost: { kind: 'unit', amounts: { USD: 7_900n, EUR: 7_200n, GBP: 6_300n } },
  },
  {
    name: 'growth-yearly', product: 'growth', interval: 'year', intervalCount: 1, trialDays: 0,
    cost: { kind: 'unit', amounts: { USD: 79_000n, EUR: 72_000n, GBP: 63_000n } },
  },
  {
    name: 'team', product: 'team', interval: 'month', intervalCount: 1, trialDays: 7,
    cost: { kind: 'seats', tiers: SEATS(1n) },
  },
  {
    name: 'team-yearly', product: 'team', interval: 'year', intervalCount: 1, trialDays: 0,
    cost: { kind: 'seats', tiers: SEATS(MONTHS_PAID_A_YEAR) },
  },
  {
    name: 'advice', product: 'advice', interval: 'month', intervalCount: 3, trialDays: 0,
    cost: { kind: 'unit', amounts: { USD: 45_000n, EUR: 41_000n, GBP: 36_000n } },
  },
  {
    name: 'newsletter', product: 'newsletter', interval: 'week', intervalCount: 1, trialDays: 0,
    cost: { kind: 'unit', amounts: { USD: 400n, EUR: 350n, GBP: 300n } },
  },
] // prettier-ignore

/** The demo leaves plain names such as `team` to whoever tries things out in its sandbox. */
function ownName(name: string): string {
  return `acme-${name}`
}

/** Look-up key of a plan's price in a currency. */
export function priceKey(plan: PlanName, currency: string): string {
  return ownName(`${plan}-${currency.toLowerCase()}`)
}

export function trialDaysOf(plan: PlanName): number {
  return PLANS.find((candidate) => candidate.name === plan)?.trialDays ?? 0
}

/** Puts up what the demo's merchant sells, as far as it is not there, and returns the prices by look-up key. */
export async function ensureCatalogue(context: CommandContext): Promise<ReadonlyMap<string, Uuid>> {
  const { products, prices } = await context.inTx((tx) => findCatalogueIds(tx, context.accountId))
  for (const [key, [name, description]] of Object.entries(PRODUCTS)) {
    const reference = ownName(key)
    if (!products.has(reference))
      products.set(reference, await putUpProduct(context, { reference, name, description }))
  }
  for (const plan of PLANS) {
    const productId = products.get(ownName(plan.product))
    assert(productId !== undefined, 'the demo sells its own products')
    for (const currency of CURRENCIES) {
      const key = priceKey(plan.name, currency)
      if (!prices.has(key))
        prices.set(key, await putUpPrice(context, { plan, currency, productId }))
    }
  }
  return prices
}

async function putUpProduct(
  context: CommandContext,
  product: { readonly reference: string; readonly name: string; readonly description: string },
): Promise<Uuid> {
  const decision = await createProduct(context, {
    ...product,
    kind: 'subscription',
    // Its prices say what it costs.
    pricingModel: 'recurring',
    interval: 'month',
    intervalCount: 1,
    amountMinor: null,
    currency: context.account.currency,
    trialDays: 0,
    trialAmountMinor: null,
    renewalAmountMinor: null,
    trialShipping: 'at_expiration',
    usageMeterId: null,
    slug: product.reference,
    imageUrl: null,
    taxBehavior: null,
    taxCode: null,
    productGroup: null,
    fulfillmentType: 'none',
    trackInventory: false,
    stockQuantity: null,
    billingAnchorRule: null,
    billingAnchorDay: null,
    firstChargeBehavior: null,
    endBehavior: null,
    maxPayments: null,
    profileId: null,
    isActive: true,
    isArchived: false,
    recovery: null,
    metadata: {},
  })
  assert(decision.kind === 'accepted', `the demo's product ${product.reference} fits together`)
  return decision.value.id
}

async function putUpPrice(
  context: CommandContext,
  given: { readonly plan: Plan; readonly currency: CurrencyCode; readonly productId: Uuid },
): Promise<Uuid> {
  const { plan, currency, productId } = given
  const decision = await createPrice(context, {
    ...toCost(plan, currency),
    productId,
    currency: currencyOf(currency),
    type: 'recurring',
    pricingModel: 'fixed',
    unitAmountDecimal: null,
    minimumAmountMinor: null,
    maximumAmountMinor: null,
    suggestedAmountMinor: null,
    presetAmountsMinor: null,
    transformQuantity: null,
    percentageRateBps: null,
    freeUnits: 0n,
    spendingMinimumMinor: null,
    spendingMaximumMinor: null,
    interval: plan.interval,
    intervalCount: plan.intervalCount,
    trialPeriodDays: plan.trialDays,
    startRule: null,
    active: true,
    name: null,
    nickname: plan.name,
    description: null,
    lookupKey: priceKey(plan.name, currency),
    profileId: null,
    metadata: {},
  })
  assert(decision.kind === 'accepted', `the demo's price ${plan.name} in ${currency} fits together`)
  return decision.value.id
}

function toCost(
  { cost }: Plan,
  currency: CurrencyCode,
): Pick<NewPrice, 'billingScheme' | 'unitAmountMinor' | 'tiersMode' | 'tiers'> {
  if (cost.kind === 'unit') {
    return {
      billingScheme: 'per_unit',
      unitAmountMinor: cost.amounts[currency],
      tiersMode: null,
      tiers: null,
    }
  }
  const tiers = cost.tiers.map(({ upTo, amounts }) => ({
    upTo,
    unitAmountMinor: amounts[currency],
    unitAmountDecimal: null,
    flatAmountMinor: null,
  }))
  return { billingScheme: 'tiered', unitAmountMinor: null, tiersMode: 'graduated', tiers }
}
