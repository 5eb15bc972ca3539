import { explainDecline } from '@perennial/core/declines'
import { formatMoney, type Currency } from '@perennial/core/money'
import type { RawCard } from '@perennial/core/payments'
import type { Decision } from '../../../platform/command/index.ts'
import type { LinkRefusal } from '../links/open-link.ts'

/** Why a card did not work, as far as its owner is told: never that it is thought lost, stolen or misused. */
export type Problem = 'expired' | 'funds' | 'details' | 'authentication' | 'declined'

export type Owed = { readonly amountMinor: bigint; readonly currency: Currency }

/** What the page shows before a card is given. */
export type CardPageView = {
  readonly brand: {
    readonly name: string
    readonly logoUrl: string | null
    readonly color: string | null
    readonly supportEmail: string | null
  }
  readonly owed: readonly Owed[]
  readonly oldCard: NewCard | null
  readonly problem: Problem | null
  /** Where the issuer checks postal codes, by the country of the card or its owner; null = not known. */
  readonly country: string | null
  readonly tries: number
  /** A card was given whose owner was sent to their bank. */
  readonly isReturning: boolean
}

export type NewCard = { readonly brand: string | null; readonly last4: string }

/**
 * Why a card was kept and nothing charged, though something was owed. `settled`: by now nothing is. `on_its_way`: another
 * payment of it is. `later`: it is charged as soon as it may be. `told`: whoever bills knows the card and goes on alone.
 */
export type NotCharged = 'settled' | 'on_its_way' | 'later' | 'told'

/** What became of a card. Money that was not taken: `declined`; not known yet: `processing`. */
export type CardOutcome =
  | { readonly kind: 'paid'; readonly paid: readonly Owed[]; readonly card: NewCard }
  | {
      readonly kind: 'saved'
      readonly card: NewCard
      /** Null: nothing was owed. */
      readonly notCharged: NotCharged | null
    }
  | { readonly kind: 'processing' }
  | {
      readonly kind: 'authenticate'
      readonly url: string
      readonly tries: number
      readonly nextToken: string | null
    }
  | {
      readonly kind: 'declined'
      readonly problem: Problem
      readonly tries: number
      readonly isSaved: boolean
      /** Another link to go on with; null = the same one. */
      readonly nextToken: string | null
    }
  /** No gateway of the merchant takes cards here, or it does not answer. */
  | { readonly kind: 'unavailable'; readonly tries: number }

/** What is written behind the address of a page that somebody comes back to from their bank. */
const BACK = 'back'

export function backTo(url: string): string {
  return `${url}?${BACK}=1`
}

export function isBack(query: unknown): boolean {
  return Reflect.has(Object(query), BACK)
}

export type GivenCard = {
  readonly card: RawCard
  readonly postalCode: string | null
  /** As the page was told: a card that was sent twice comes with the same number. */
  readonly tries: number
}

/** `card_busy`: another call is at it. `too_many_tries`: the link is locked. */
export type CardRefusal = LinkRefusal | 'card_busy' | 'too_many_tries'

/** Whose links a page opens: customers of ours, or payers of recovery clients. */
export type CardPageHost = {
  readonly open: (token: string) => Promise<Decision<CardPageView, LinkRefusal>>
  readonly give: (token: string, given: GivenCard) => Promise<Decision<CardOutcome, CardRefusal>>
  /** Asks what came of the card that was given last. */
  readonly continue: (token: string) => Promise<Decision<CardOutcome, CardRefusal>>
}

/** Cards that may be given on one link: enough for mistakes, too few to try out stolen ones. */
export const TRIES_MAX = 5

const PROBLEMS: Readonly<Record<string, Problem>> = {
  expired_card: 'expired',
  insufficient_funds: 'funds',
  over_limit: 'funds',
  invalid_card_number: 'details',
  invalid_cvv: 'details',
  invalid_expiry: 'details',
  incorrect_payment_info: 'details',
  authentication_required: 'authentication',
}

/** A decline code of ours in one of the few words for its owner. */
export function problemOf(declineCode: string): Problem {
  return PROBLEMS[explainDecline(declineCode).reason] ?? 'declined'
}

/** One amount for each currency, in the order in which they are met. */
export function sumByCurrency(owed: readonly Owed[]): Owed[] {
  const sums = new Map<Currency, bigint>()
  for (const { amountMinor, currency } of owed)
    sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor)
  return [...sums].map(([currency, amountMinor]) => ({ currency, amountMinor }))
}

/** "49.00" with the places of its currency. */
export function toWireMoney(owed: Owed) {
  const [currency = '', amount = ''] = formatMoney(owed).split(' ')
  return { amount, currency }
}
