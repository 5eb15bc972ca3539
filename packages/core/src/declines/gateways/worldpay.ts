import type { GatewayTable } from './gateway-table.ts'

/** Refusal codes that are not ISO 8583 codes. All others are, written without their leading zero. */
export const WORLDPAY: GatewayTable = [
  {
    sources: ['WP2'],
    codes: {
      '6': 'processing_error',
      '8': 'approve_with_id',
      '33': 'expired_card',
      '34': 'fraudulent',
      '40': 'feature_not_available',
      '68': 'issuer_not_available',
      '85': 'generic_decline', // rejected by card issuer
      '90': 'issuer_not_available',
      '131': 'invalid_amount',
      '138': 'security_violation',
      '151': 'insufficient_funds',
      '825': 'invalid_account',
      '835': 'invalid_cvc',
      '972': 'revocation_of_authorization',
      '973': 'revocation_of_all_authorizations',
      '975': 'stop_payment_order',
      '976': 'pickup_card',
    },
  },
]
