import { NEVER, NEW_DATA } from './nature.ts'
import type { IsoKnowledge } from './iso-codes.ts'

/** What is known of the card that was refused. `network`: as the networks' guard calls it. */
export type RefusedCard = {
  readonly network: string
  /** ISO 3166-1 alpha-2; null = not known. */
  readonly country: string | null
}

type Meaning = Pick<IsoKnowledge, 'nature' | 'retry' | 'recommendedAction' | 'sources'>

/** No page says any of it (spec/decline-codes.md 4, at the end): to be confirmed with the acquirer. */
const ASK_FOR_CARD = { recommendedAction: 'request_card_update', sources: ['TRADE'] } as const
const LIFE_CYCLE: Meaning = { nature: 'new_data', retry: NEW_DATA, ...ASK_FOR_CARD }
const POLICY: Meaning = { nature: 'hard', retry: NEVER, ...ASK_FOR_CARD }
const AUTHENTICATE: Meaning = { nature: 'authenticate', retry: NEVER, ...ASK_FOR_CARD }

/** Where issuers must authenticate cardholders: the European Economic Area, and the United Kingdom. */
const STRONG_AUTHENTICATION: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(
    ' ',
  ),
)

/**
 * Mastercard's own meanings of response codes (spec/decline-codes.md 4): 79 is of the card's life cycle, 82 of the issuer's
 * policy, and issuers in Europe say 65 when the cardholder has to authenticate.
 */
export const MASTERCARD_MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['65', AUTHENTICATE],
  ['79', LIFE_CYCLE],
  ['82', POLICY],
])

/** Null: as the master table has it. */
export function findNetworkMeaning(isoCode: string, card: RefusedCard): Meaning | null {
  if (card.network !== 'mastercard') return null
  const isInEurope = card.country !== null && STRONG_AUTHENTICATION.has(card.country)
  if (isoCode === '65' && !isInEurope) return null
  return MASTERCARD_MEANINGS.get(isoCode) ?? null
}
