import type { TimeZone } from '../../time/index.ts'
import { zoneOfCountry } from './country-zones.ts'

/** What a merchant knows of a card that says whom it behaves like. */
export type CardTraits = {
  /** The first six digits; null when the gateway does not tell. */
  readonly bin: string | null
  /** Its network in lower case; absent or null when the gateway does not tell. */
  readonly brand?: string | null
  /** Absent or null when the gateway does not tell. */
  readonly funding?: CardFunding | null
  readonly country: string | null
  /** Of the card's country; UTC when unknown. */
  readonly zone: TimeZone
}

/** Whose money pays: of the month's bill, of the account right away, or what was loaded before. */
export type CardFunding = 'credit' | 'debit' | 'prepaid'

const FUNDINGS: readonly CardFunding[] = ['credit', 'debit', 'prepaid']

/** The traits of a card as its gateway described it. A funding that is none of the three is taken as not told. */
export function traitsOfCard(card: {
  readonly bin: string | null
  readonly brand: string | null
  readonly funding: string | null
  readonly country: string | null
}): CardTraits {
  return {
    bin: card.bin?.slice(0, 6) ?? null,
    brand: card.brand?.toLowerCase() ?? null,
    funding: FUNDINGS.find((known) => known === card.funding?.toLowerCase()) ?? null,
    country: card.country,
    zone: zoneOfCountry(card.country),
  }
}

/** Cards that are learned of together: those with the same first digits, or else of one network, funding and country. */
export function segmentKey({ bin, brand, funding, country }: CardTraits): string {
  if (bin !== null) return bin
  return [brand, funding, `country ${country ?? 'unknown'}`].filter(Boolean).join(' ')
}
