/** What the service writes into the page, and what it answers. Its side: packages/server, card-updates/page/wire.ts. */

export type Money = {
  /** A decimal number with as many places as the currency has: "49.00", "1200". */
  readonly amount: string
  readonly currency: string
}

export type Brand = {
  readonly name: string
  readonly logoUrl: string | null
  /** CSS hex, whatever the merchant chose. */
  readonly color: string | null
  readonly supportEmail: string | null
}

/** Why a card did not work, as far as its owner is told. */
export type Problem = 'expired' | 'funds' | 'details' | 'authentication' | 'declined'

export type CardForm = {
  readonly kind: 'card_form'
  readonly brand: Brand
  /** One for each currency; empty = nothing is owed now. */
  readonly owed: readonly Money[]
  readonly oldCard: { readonly brand: string | null; readonly last4: string } | null
  readonly problem: Problem | null
  /** Whether the issuer checks one, and how it is called there. */
  readonly postalCode: 'none' | 'zip' | 'postcode'
  /** Cards given so far: sent back with the next one, so that one given twice counts once. */
  readonly tries: number
  /** The owner was sent to their bank and comes back. */
  readonly isReturning: boolean
}

export type LinkOver = {
  readonly kind: 'link_over'
  /** `away`: it may open something in a minute. */
  readonly reason: 'unknown' | 'used' | 'expired' | 'too_many' | 'away'
}

/** The payer's bank is reached by a form, which they send themselves. */
export type BankForm = {
  readonly kind: 'bank_form'
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

/** The payer was at their bank, and nobody has said where they go on. */
export type BankOver = { readonly kind: 'bank_over' }

export type PageData = CardForm | LinkOver | BankForm | BankOver

export type NewCard = { readonly brand: string | null; readonly last4: string }

/**
 * Why nothing was charged. `settled`: by now nothing is owed. `on_its_way`: another payment of it is. `later`: the card is
 * charged as soon as it may be. `told`: the merchant knows the card and goes on alone.
 */
export type NotCharged = 'settled' | 'on_its_way' | 'later' | 'told'

/** What became of a card that was given. */
export type Outcome =
  | { readonly result: 'paid'; readonly paid: readonly Money[]; readonly card: NewCard }
  | {
      readonly result: 'saved'
      readonly card: NewCard
      /** Null: nothing was owed. */
      readonly notCharged: NotCharged | null
    }
  /** The bank has not answered yet; what is owed will be taken as soon as it can. */
  | { readonly result: 'processing' }
  | {
      readonly result: 'authenticate'
      readonly url: string
      readonly tries: number
      /** Where to go on with another card, when this link is used up. */
      readonly path: string | null
    }
  | {
      readonly result: 'declined'
      readonly problem: Problem
      readonly tries: number
      /** The card works and is kept; what is owed could not be taken from it now. */
      readonly isSaved: boolean
      /** Where to go on, when this link is used up. */
      readonly path: string | null
    }
  | { readonly result: 'unavailable'; readonly tries: number }
  | { readonly result: 'over'; readonly reason: LinkOver['reason'] }
  /** Another call with the link has given a card. */
  | { readonly result: 'busy' }
  /** Nothing came back: the network is away. */
  | { readonly result: 'offline' }
