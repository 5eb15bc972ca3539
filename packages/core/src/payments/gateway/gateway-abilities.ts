/** How a customer pays, as payment methods call it. `bank_account` is a SEPA debit; a wallet is a card. */
export type GatewayMethodType = 'card' | 'us_bank_account' | 'bank_account' | 'bacs_direct_debit'

/** What a gateway can do through its adapter. What it cannot is refused with the ability's name before it is asked. */
export type GatewayAbilities = {
  readonly methodTypes: readonly GatewayMethodType[]
  /** Authorise now, capture later. */
  readonly authorize: boolean
  /** Days after which it, or the issuer, lets go of what was authorised and not captured. Absent where it cannot hold. */
  readonly holdDays?: number
  /** It authorises an amount of nothing, which verifies a card and holds no money. */
  readonly verifiesWithoutHold?: boolean
  readonly partialCapture: boolean
  readonly void: boolean
  readonly refund: 'partial' | 'full' | 'none'
  /** A charge can be found by the key it was sent under. */
  readonly lookUp: boolean
  /** It takes card or bank details from a server and gives a token. */
  readonly tokenize: boolean
  /** A challenge can be put to the customer by a redirect. */
  readonly challenge: boolean
  readonly webhooks: boolean
  /** It lists what has moved, with its fees. */
  readonly movements: boolean
  /** That list leaves disputes out: they are told of elsewhere alone. */
  readonly disputesUnlisted?: boolean
  readonly disputes: boolean
  /** What it says of a kept card is what an account updater has brought, so that it is worth asking before a charge. */
  readonly renewsCards?: boolean
}
