/** Where an account wants to be called about what happens, and how. */
export interface Endpoint {
  /** The plain dialect has one a gateway, named after it; Stripe's have ids. */
  readonly id: string
  readonly account: string
  readonly gatewayId: string
  readonly dialect: 'plain' | 'stripe'
  /** Null is never called: it only says how notices are told that are asked for. */
  readonly url: string | null
  readonly secret: string
  /** For tests of callers: each one twice, or the newest first. */
  readonly delivery: Delivery
  /** Of Stripe's: the types that are sent; all when it holds a star. */
  readonly types: readonly string[]
  /** Told up to here. */
  readonly position: Position
}

export type Delivery = 'in_order' | 'doubled' | 'reversed'

/** A place on a timeline: after the happening with this time and sequence. */
export interface Position {
  readonly at: number
  readonly sequence: number
}
