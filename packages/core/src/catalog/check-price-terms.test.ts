import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { parseCurrency, ratio } from '../money/index.ts'
import { type PriceScheme, type PriceTerms, type PriceTier, checkPriceTerms } from './index.ts'

function problemPaths(scheme: PriceScheme, more: Partial<PriceTerms> = {}): string[] {
  const currency = parseCurrency('USD')
  ok(currency !== null)
  const base = { currency, scheme, freeUnits: 0n, minimumMinor: null, maximumMinor: null }
  return checkPriceTerms({ ...base, ...more }).map(({ path, message }) => `${path}: ${message}`)
}

const tier = (upTo: bigint | null, unit = 1n, flatAmountMinor = 0n): PriceTier => ({
  upTo,
  unitAmount: ratio(unit, 1n),
  flatAmountMinor,
})
const tiered = (...tiers: readonly PriceTier[]): PriceScheme => ({ kind: 'graduated', tiers })
const FREE: PriceScheme = { kind: 'flat', amountMinor: 0n }
const many = (count: number): PriceTier[] =>
  Array.from({ length: count }, (_, index) => tier(index === count - 1 ? null : BigInt(index + 1)))

const NEGATIVE = 'This must not be negative.'
const COUNT = 'A tiered price has 2 to 50 tiers.'

const SCHEMES: readonly (readonly [PriceScheme, problems: string[]])[] = [
  [FREE, []],
  [{ kind: 'flat', amountMinor: -1n }, [`scheme.amountMinor: ${NEGATIVE}`]],
  [{ kind: 'per_unit', unitAmount: ratio(-1n, 2n) }, [`scheme.unitAmount: ${NEGATIVE}`]],
  [{ kind: 'package', size: 1n, packageAmountMinor: 0n, round: 'up' }, []],
  [
    { kind: 'package', size: 0n, packageAmountMinor: -1n, round: 'up' },
    ['scheme.size: A package holds at least 1 unit.', `scheme.packageAmountMinor: ${NEGATIVE}`],
  ],
  [{ kind: 'percentage', rateBps: 0 }, []],
  [{ kind: 'percentage', rateBps: 10_000 }, []],
  ...[-1, 0.5, 10_001, Number.NaN].map((rateBps): readonly [PriceScheme, string[]] => [
    { kind: 'percentage', rateBps },
    ['scheme.rateBps: The rate must be a whole number from 0 to 10000 basis points.'],
  ]),
  [tiered(tier(1n), tier(null)), []],
  [tiered(...many(50)), []],
  [{ kind: 'volume', tiers: [] }, [`scheme.tiers: ${COUNT}`]],
  [tiered(tier(null)), [`scheme.tiers: ${COUNT}`]],
  [tiered(...many(51)), [`scheme.tiers: ${COUNT}`]],
  [tiered(tier(1n), tier(2n)), ['scheme.tiers[1].upTo: The last tier must be open.']],
  [tiered(tier(null), tier(null)), ['scheme.tiers[0].upTo: Only the last tier may be open.']],
  [tiered(tier(0n), tier(null)), ['scheme.tiers[0].upTo: A tier ends at 1 unit or more.']],
  [
    tiered(tier(5n), tier(5n), tier(4n), tier(null)),
    [
      'scheme.tiers[1].upTo: A tier must end after the tier before it.',
      'scheme.tiers[2].upTo: A tier must end after the tier before it.',
    ],
  ],
  [
    tiered(tier(5n, -1n), tier(null, 1n, -1n)),
    [`scheme.tiers[0].unitAmount: ${NEGATIVE}`, `scheme.tiers[1].flatAmountMinor: ${NEGATIVE}`],
  ],
]

test('a price that cannot be rated is explained field by field', () => {
  for (const [scheme, problems] of SCHEMES) deepEqual(problemPaths(scheme), problems)
})

test('free units and bounds are checked with every scheme', () => {
  deepEqual(problemPaths(FREE, { freeUnits: -1n }), [`freeUnits: ${NEGATIVE}`])
  deepEqual(problemPaths(FREE, { minimumMinor: -1n, maximumMinor: -2n }), [
    `minimumMinor: ${NEGATIVE}`,
    `maximumMinor: ${NEGATIVE}`,
    'maximumMinor: The maximum is below the minimum.',
  ])
  deepEqual(problemPaths(FREE, { minimumMinor: 5n, maximumMinor: 5n }), [])
})
