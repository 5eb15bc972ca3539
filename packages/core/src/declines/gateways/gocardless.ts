import type { GatewayTable } from './gateway-table.ts'

/** `details.cause` of payment and mandate events. The pairing is ours. */
export const GOCARDLESS: GatewayTable = [
  {
    sources: ['GOCARDLESS'],
    codes: {
      insufficient_funds: 'insufficient_funds',
      refer_to_payer: 'generic_decline',
      bank_account_closed: 'invalid_account',
      bank_account_transferred: 'new_account_information_available',
      bank_account_disabled: 'invalid_account',
      invalid_bank_details: 'incorrect_number',
      direct_debit_not_enabled: 'card_not_supported',
      mandate_cancelled: 'revocation_of_authorization',
      mandate_expired: 'revocation_of_authorization',
      mandate_suspended: 'try_again_later',
      authorisation_disputed: 'revocation_of_authorization',
      payer_deceased: 'invalid_account',
      account_dormant: 'invalid_account',
      customer_approval_denied: 'revocation_of_authorization',
      refund_requested: 'stop_payment_order',
      return_on_odfi_request: 'processing_error',
      initial_one_off_payment_failed: 'generic_decline',
      payment_stopped: 'stop_payment_order',
      payment_cancelled: 'canceled',
      late_failure: 'generic_decline',
      test_failure: 'generic_decline',
      other: 'generic_decline',
      scheme_identifier_changed: 'service_not_allowed',
      limit_exceeded: 'card_velocity_exceeded',
    },
  },
]
