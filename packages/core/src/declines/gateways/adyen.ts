import type { GatewayTable } from './gateway-table.ts'

/** `refusalReasonCode`. The pairing is ours. */
export const ADYEN: GatewayTable = [
  {
    sources: ['ADYEN'],
    codes: {
      '2': 'generic_decline', // Refused
      '3': 'call_issuer', // Referral
      '4': 'processing_error', // Acquirer Error
      '5': 'restricted_card', // Blocked Card
      '6': 'expired_card',
      '7': 'invalid_amount',
      '8': 'incorrect_number',
      '9': 'issuer_not_available',
      '10': 'card_not_supported', // Not supported
      '11': 'authentication_not_handled', // 3D Not Authenticated
      '12': 'insufficient_funds', // Not enough balance
      '14': 'fraudulent', // Acquirer Fraud
      '15': 'canceled',
      '16': 'canceled', // Shopper Cancelled
      '17': 'invalid_pin',
      '18': 'pin_try_exceeded',
      '19': 'incorrect_pin', // Pin validation not possible
      '20': 'highest_risk_level', // FRAUD: its own risk score
      '21': 'gateway_error', // Not Submitted
      '22': 'highest_risk_level', // FRAUD-CANCELLED
      '23': 'transaction_not_allowed', // Transaction Not Permitted
      '24': 'incorrect_cvc',
      '25': 'restricted_card',
      '26': 'revocation_of_authorization', // Revocation Of Auth
      '27': 'generic_decline', // Declined Non Generic
      '28': 'card_velocity_exceeded', // Withdrawal amount exceeded
      '29': 'withdrawal_count_limit_exceeded',
      '31': 'fraudulent', // Issuer Suspected Fraud
      '32': 'incorrect_address', // AVS Declined
      '33': 'online_or_offline_pin_required',
      '34': 'invalid_account', // No checking account available on Card
      '35': 'invalid_account', // No savings account available on Card
      '36': 'mobile_device_authentication_required',
      '37': 'reenter_transaction', // Contactless fallback
      '38': 'authentication_required',
      '39': 'authentication_not_handled', // RReq not received from DS
      '40': 'card_velocity_exceeded', // Current AID is in Penalty Box
      '41': 'reenter_transaction', // CVM Required Restart Payment
      '42': 'authentication_not_handled', // 3DS Authentication Error
      '43': 'online_or_offline_pin_required',
      '44': 'reenter_transaction', // Try another interface
      '45': 'reenter_transaction', // Chip downgrade mode
      '46': 'do_not_try_again', // blocked to prevent excessive retry fees
    },
  },
]
