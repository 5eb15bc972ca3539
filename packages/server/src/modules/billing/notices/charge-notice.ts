import type { GatewayNotice, PaymentAttempt } from '@perennial/core/payments'

export type ChargeNotice = Extract<GatewayNotice, { kind: 'charge' }>

/** What a gateway tells of a charge whose end is booked. */
export type WordOfRefused = { readonly attempt: PaymentAttempt; readonly notice: ChargeNotice }
