import type { GatewayTable } from './gateway-table.ts'

/** Response reason codes of transactions and, from E00001, result codes of requests. The pairing is ours. */
export const AUTHNET: GatewayTable = [
  {
    sources: ['AUTHNET'],
    codes: {
      '2': 'generic_decline',
      '3': 'call_issuer',
      '4': 'pickup_card',
      '5': 'invalid_amount',
      '6': 'incorrect_number',
      '7': 'invalid_expiry_year',
      '8': 'expired_card',
      '9': 'invalid_number', // routing number
      '10': 'incorrect_number', // bank account number
      '11': 'duplicate_transaction',
      '13': 'merchant_inactive',
      '16': 'invalid_request', // no such transaction
      '17': 'service_not_allowed', // card type not accepted
      '18': 'feature_not_available', // no bank debits
      '19': 'gateway_error',
      '20': 'gateway_error',
      '21': 'gateway_error',
      '22': 'gateway_error',
      '23': 'gateway_error',
      '24': 'service_not_allowed',
      '25': 'gateway_error',
      '26': 'gateway_error',
      '27': 'incorrect_address',
      '28': 'service_not_allowed',
      '29': 'service_not_allowed',
      '30': 'service_not_allowed',
      '31': 'service_not_allowed',
      '33': 'invalid_request',
      '34': 'service_not_allowed',
      '35': 'service_not_allowed',
      '36': 'processing_error', // authorised, but not settled
      '37': 'incorrect_number',
      '38': 'service_not_allowed',
      '39': 'currency_not_supported',
      '40': 'invalid_request',
      '41': 'highest_risk_level',
      '43': 'service_not_allowed',
      '44': 'incorrect_cvc',
      '45': 'incorrect_address', // address and security code
      '46': 'gateway_error',
      '47': 'invalid_amount', // above what was authorised
      '49': 'invalid_amount',
      '50': 'invalid_request', // not settled yet: void it
      '51': 'invalid_amount', // refunds above the charge
      '54': 'invalid_request', // not refundable
      '55': 'invalid_amount',
      '57': 'gateway_error',
      '58': 'gateway_error',
      '59': 'gateway_error',
      '60': 'gateway_error',
      '61': 'gateway_error',
      '62': 'gateway_error',
      '63': 'gateway_error',
      '65': 'incorrect_cvc',
      '66': 'highest_risk_level',
      '78': 'invalid_cvc',
      '92': 'invalid_request',
      '103': 'service_not_allowed',
      '120': 'gateway_error', // time-out at the processor, reversed
      '121': 'gateway_error',
      '122': 'gateway_error',
      '123': 'service_not_allowed',
      '127': 'incorrect_address',
      '128': 'restricted_card', // cannot be processed
      '141': 'highest_risk_level',
      '145': 'highest_risk_level',
      '152': 'gateway_error',
      '153': 'gateway_error',
      '165': 'incorrect_cvc',
      '170': 'service_not_allowed',
      '171': 'service_not_allowed',
      '172': 'service_not_allowed',
      '173': 'service_not_allowed',
      '174': 'service_not_allowed',
      '175': 'service_not_allowed',
      '180': 'processing_error',
      '181': 'processing_error',
      '185': 'service_not_allowed',
      '191': 'generic_decline',
      '192': 'gateway_error',
      '195': 'processing_error',
      '200': 'incorrect_number',
      '201': 'invalid_expiry_year',
      '202': 'invalid_request',
      '203': 'invalid_amount',
      '205': 'service_not_allowed',
      '206': 'service_not_allowed',
      '207': 'merchant_inactive',
      '208': 'merchant_inactive',
      '209': 'service_not_allowed',
      '210': 'service_not_allowed',
      '211': 'service_not_allowed',
      '212': 'invalid_request',
      '213': 'service_not_allowed',
      '215': 'incorrect_number',
      '216': 'invalid_expiry_year',
      '217': 'invalid_request',
      '218': 'processing_error',
      '219': 'processing_error',
      '220': 'processing_error',
      '221': 'processing_error',
      '222': 'duplicate_transaction',
      '223': 'processing_error',
      '224': 'processing_error',
      '225': 'invalid_request',
      '250': 'merchant_blacklist', // blocked address of the buyer
      '251': 'highest_risk_level', // fraud filter
      '252': 'highest_risk_level', // held for review
      '253': 'highest_risk_level',
      '254': 'highest_risk_level', // declined after review
      '261': 'gateway_error',
      '270': 'invalid_request',
      '288': 'service_not_allowed',
      '289': 'service_not_allowed',
      '295': 'insufficient_funds', // approved for a part only
      '315': 'incorrect_number',
      '316': 'invalid_expiry_year',
      '317': 'expired_card',
      '318': 'duplicate_transaction',
      '319': 'gateway_error',
      e00001: 'gateway_error',
      e00003: 'invalid_request',
      e00005: 'service_not_allowed',
      e00006: 'service_not_allowed',
      e00007: 'service_not_allowed', // name or key is wrong
      e00008: 'merchant_inactive',
      e00009: 'service_not_allowed',
      e00010: 'service_not_allowed',
      e00011: 'service_not_allowed',
      e00012: 'duplicate_transaction',
      e00013: 'invalid_request',
      e00014: 'invalid_request',
      e00015: 'invalid_request',
      e00027: 'generic_decline', // the transaction was unsuccessful
      e00039: 'duplicate_transaction',
      e00040: 'invalid_account', // no such profile
      e00104: 'gateway_error', // server is in maintenance
    },
  },
]
