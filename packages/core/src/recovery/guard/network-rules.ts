import {
  type DatedRow,
  type DeclineNature,
  ruleDay,
  SINCE_EVER,
  SOURCES,
} from '../../declines/index.ts'

/** The card networks whose rules differ. `other` takes the cautious ones. */
export type CardNetwork = 'visa' | 'mastercard' | 'amex' | 'discover' | 'other'

/** Says where it comes from, and holds between its dates: a change of rule ends one row and begins another. */
type Rule = DatedRow & { readonly id: string; readonly source: string }

/** At most `attempts` within the window, this one included. */
export type CountRule = Rule & {
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
}

/** A pause between two tries. */
export type PauseRule = Rule & {
  readonly networks: readonly CardNetwork[]
  readonly country: string | null
  readonly pauseHours: number
}

/** An answer after which the same card, with its data as they are, is never charged again. */
export type StopRule = Rule & {
  /** Null: of any. */
  readonly networks: readonly CardNetwork[] | null
  /**
   * `advice`: whatever the network says not to try again. The rows of the codes themselves are dated too. `approval`: money
   * came, with advice that tells what kind of card it is.
   */
  readonly on:
    | { readonly kind: 'visa_category'; readonly category: 1 }
    | { readonly kind: 'advice' }
    | { readonly kind: 'nature'; readonly nature: DeclineNature }
    | { readonly kind: 'approval'; readonly card: 'single_use' }
}

const DAY = 24

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
    source: `Visa: 15 reattempts in 30 days (${SOURCES.WP})`,
    from: SINCE_EVER,
    until: ruleDay('2025-05-19'),
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
    source: `Visa core rules table 7-2 state 20 in 30 days since May 2025 (${SOURCES['CKO-R']}), acquirers still say 15 (${SOURCES.DEV})`,
    from: ruleDay('2025-05-19'),
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
    source: `Transaction Processing Excellence: 10 refused in 24 hours; one below the line (${SOURCES['CKO-R']})`,
    from: SINCE_EVER,
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
    source: `Transaction Processing Excellence: 35 refused in 30 days; one below the line (${SOURCES['CKO-R']})`,
    from: SINCE_EVER,
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
    source: `Brazil: charged from the 8th reattempt in a month (${SOURCES.PZ})`,
    from: ruleDay('2023-02-01'),
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
    from: SINCE_EVER,
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
    from: SINCE_EVER,
    until: null,
  },
  {
    id: 'mastercard_brazil_pause',
    networks: ['mastercard'],
    country: 'BR',
    pauseHours: DAY,
    source: `Brazil: a reattempt is allowed after 24 hours (${SOURCES.PZ})`,
    from: ruleDay('2023-02-01'),
    until: null,
  },
]

/** What we never try again, whether or not a network counts it (spec/decline-codes.md 1 and 8.4). */
const OWN_STOPS = [
  ['fraud', 'fraud', 'networks would allow a few of them (59), and the risk is high'],
  ['called_off', 'stop', 'the cardholder has said no'],
  ['hard', 'hard', 'networks would allow a few of them (62, 93), and none has a chance'],
  ['new_data', 'new_data', 'networks would allow a few of them (39, 52, 53), and wrong data stay wrong'],
] as const // prettier-ignore

/** What closes a card, asked of each answer by the time of that answer; the first that holds is told. */
export const STOP_RULES: readonly StopRule[] = [
  {
    id: 'visa_category_1',
    networks: ['visa'],
    on: { kind: 'visa_category', category: 1 },
    source: `Visa: no reattempt of category 1, and a fee for each (${SOURCES.WP}, ${SOURCES.TAB})`,
    from: SINCE_EVER,
    until: null,
  },
  {
    id: 'advice_stop',
    networks: null,
    on: { kind: 'advice' },
    source: `Mastercard: each try after advice 03 or 21 is charged for (${SOURCES.PZ})`,
    from: SINCE_EVER,
    until: null,
  },
  {
    id: 'single_use',
    networks: null,
    on: { kind: 'approval', card: 'single_use' },
    source: `Mastercard: a virtual number for a single use (41) is spent by its approval (${SOURCES.ANT})`,
    from: SINCE_EVER,
    until: null,
  },
  ...OWN_STOPS.map(([id, nature, why]) => ({
    id,
    networks: null,
    on: { kind: 'nature' as const, nature },
    source: `own: ${why}`,
    from: SINCE_EVER,
    until: null,
  })),
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
