import type { GatewayTable } from './gateway-table.ts'

/** `status_code` of rejected payments. The pairing is ours. */
export const DLOCAL: GatewayTable = [
  {
    sources: ['DLOCAL'],
    codes: {
      '300': 'generic_decline',
      '301': 'do_not_honor', // rejected by bank
      '302': 'insufficient_funds',
      '303': 'merchant_blacklist',
      '304': 'highest_risk_level', // score validation
      '305': 'card_velocity_exceeded', // max attempts
      '306': 'call_issuer',
      '307': 'duplicate_transaction',
      '308': 'restricted_card', // card disabled
      '309': 'expired_card',
      '310': 'lost_card',
      '311': 'pickup_card',
      '312': 'restricted_card',
      '313': 'stolen_card',
      '314': 'incorrect_number',
      '315': 'incorrect_cvc',
      '316': 'card_not_supported', // unsupported operation
      '317': 'highest_risk_level',
      '318': 'transaction_not_allowed', // invalid transaction
      '319': 'card_velocity_exceeded', // amount exceeded
      '320': 'authentication_required',
      '321': 'processing_error', // error in acquirer
      '322': 'invalid_account', // wallet disabled
      '323': 'invalid_account',
      '324': 'incorrect_pin',
      '325': 'withdrawal_count_limit_exceeded',
    },
  },
]
