import { assert } from '../../fault/index.ts'
import { parseInstant, type Instant } from '../../time/index.ts'

/** The card networks whose rules differ. `other` takes the cautious ones. */
export type CardNetwork = 'visa' | 'mastercard' | 'amex' | 'discover' | 'other'

/** At most `attempts` within the window, this one included. */
export type CountRule = {
  readonly id: string
  readonly networks: readonly CardNetwork[]
  /** ISO 3166-1 alpha-2 of the card; null for all. */
  readonly country: string | null
  readonly windowHours: number
  /** This many may be made; the next is refused. */
  readonly attempts: number
  /** As many as the network itself allows, for a merchant whose acquirer does; absent = `attempts` is all. */
  readonly attemptsMax?: number
  /** Whether only tries of the same amount and currency count. */
  readonly perAmount: boolean
  /** Whether tries of customers and of the merchant are counted apart. */
  readonly isPerInitiator: boolean
  /** Whether an approval ends the count. Approvals themselves are no excess. */
  readonly counts: 'declines_since_approval' | 'declines'
  readonly source: string
  /** Half-open; null has no end. A change of rule ends one row and begins another. */
  readonly from: Instant
  readonly until: Instant | null
}

/** A pause between two tries. */
export type PauseRule = {
  readonly id: string
  readonly networks: readonly CardNetwork[]
  readonly country: string | null
  readonly pauseHours: number
  readonly source: string
  readonly from: Instant
  readonly until: Instant | null
}

const DAY = 24

/** The first moment of a day, in UTC. */
function day(date: string): Instant {
  const instant = parseInstant(`${date}T00:00:00Z`)
  assert(instant !== null, 'a rule holds from a day on')
  return instant
}

/** Refusals of one amount that a Visa card bears in 30 days: unless the merchant says otherwise, and at most. */
export const VISA_ATTEMPTS = { default: 15, max: 20 } as const

/**
 * How often a card may be tried. Sources: spec/decline-codes.md 2. Where sources give a range the stricter
 * number stands (own choice), because a fee follows the breach and never the caution.
 */
export const COUNT_RULES: readonly CountRule[] = [
  {
    id: 'visa_30_days',
    networks: ['visa'],
    country: null,
    windowHours: 30 * DAY,
    attempts: 15,
    perAmount: true,
    isPerInitiator: true,
    counts: 'declines_since_approval',
    source: 'Visa: 15 reattempts in 30 days',
    from: day('2000-01-01'),
    until: day('2025-05-19'),
  },
  {
    id: 'visa_30_days',
    networks: ['visa'],
    country: null,
    windowHours: 30 * DAY,
    attempts: VISA_ATTEMPTS.default,
    attemptsMax: VISA_ATTEMPTS.max,
    perAmount: true,
    isPerInitiator: true,
    counts: 'declines_since_approval',
    source: 'Visa core rules table 7-2 state 20 in 30 days since May 2025, acquirers still say 15',
    from: day('2025-05-19'),
    until: null,
  },
  {
    id: 'mastercard_24_hours',
    networks: ['mastercard'],
    country: null,
    windowHours: DAY,
    attempts: 9,
    perAmount: false,
    isPerInitiator: false,
    counts: 'declines',
    source: 'Transaction Processing Excellence: 10 refused in 24 hours; one below the line',
    from: day('2000-01-01'),
    until: null,
  },
  {
    id: 'mastercard_30_days',
    networks: ['mastercard'],
    country: null,
    windowHours: 30 * DAY,
    attempts: 34,
    perAmount: false,
    isPerInitiator: false,
    counts: 'declines',
    source: 'Transaction Processing Excellence: 35 refused in 30 days; one below the line',
    from: day('2000-01-01'),
    until: null,
  },
  {
    id: 'mastercard_brazil_month',
    networks: ['mastercard'],
    country: 'BR',
    windowHours: 31 * DAY,
    attempts: 7,
    perAmount: false,
    isPerInitiator: false,
    counts: 'declines',
    source: 'Brazil: charged from the 8th reattempt in a month',
    from: day('2023-02-01'),
    until: null,
  },
  {
    id: 'others_30_days',
    networks: ['amex', 'discover', 'other'],
    country: null,
    windowHours: 30 * DAY,
    attempts: 15,
    perAmount: true,
    isPerInitiator: true,
    counts: 'declines_since_approval',
    source: 'no public number: as for Visa (own)',
    from: day('2000-01-01'),
    until: null,
  },
]

export const PAUSE_RULES: readonly PauseRule[] = [
  {
    id: 'others_pause',
    networks: ['amex', 'discover', 'other'],
    country: null,
    pauseHours: DAY,
    source: 'no public number: a day between tries (own)',
    from: day('2000-01-01'),
    until: null,
  },
  {
    id: 'mastercard_brazil_pause',
    networks: ['mastercard'],
    country: 'BR',
    pauseHours: DAY,
    source: 'Brazil: a reattempt is allowed after 24 hours',
    from: day('2023-02-01'),
    until: null,
  },
]

/** By the first digits of a card, four at least (ISO/IEC 7812). Diners Club runs on the network of Discover. */
export function networkOfDigits(digits: string): CardNetwork {
  if (digits.startsWith('4')) return 'visa'
  if (/^3[47]/.test(digits)) return 'amex'
  if (/^(6011|64[4-9]|65|30[0-5]|3095|36|38|39)/.test(digits)) return 'discover'
  const four = digits.slice(0, 4)
  const isMastercard = (four >= '5100' && four <= '5599') || (four >= '2221' && four <= '2720')
  return isMastercard ? 'mastercard' : 'other'
}

/** Brands as gateways and card tables spell them. */
export function networkOf(brand: string | null): CardNetwork {
  const name = (brand ?? '').toLowerCase().replaceAll(/[^a-z]/g, '')
  if (name === 'visa' || name === 'mastercard' || name === 'discover') return name
  if (name === 'amex' || name === 'americanexpress') return 'amex'
  return name === 'diners' || name === 'dinersclub' ? 'discover' : 'other'
}
