import type { GatewayTable } from './gateway-table.ts'

/**
 * Response codes that do not stand for the ISO 8583 code in their last characters. All others of 20… and 30… do: 20051 is 51,
 * 30041 is 41, 200R1 is R1.
 */
export const CHECKOUT: GatewayTable = [
  {
    sources: ['CKO-A'],
    codes: {
      '20009': 'try_again_later', // request in progress
      '20017': 'canceled', // customer cancellation
      '20018': 'generic_decline', // customer dispute
      '20020': 'processing_error', // invalid response
      '20022': 'processing_error', // suspected malfunction
      '20023': 'invalid_amount', // unacceptable transaction fee
      '20024': 'processing_error',
      '20026': 'duplicate_transaction',
      '20027': 'processing_error',
      '20029': 'processing_error',
      '20031': 'issuer_not_available', // bank not supported by switch
      '20032': 'generic_decline', // completed partially
      '20038': 'pin_try_exceeded',
      '20040': 'feature_not_available', // requested function not supported
      '20042': 'invalid_account', // no universal account
      '20044': 'invalid_account', // no investment account
      '20056': 'invalid_account', // no card record
      '20060': 'call_issuer',
      '20066': 'call_issuer',
      '20067': 'pickup_card',
      '20068': 'issuer_not_available', // response received too late
      '20072': 'card_not_supported',
      '20084': 'processing_error',
      '20087': 'invalid_request', // bad track data, or security code
      '20088': 'processing_error',
      '20089': 'security_violation',
      '20090': 'issuer_not_available', // cut-off in progress
      '20095': 'processing_error', // reconcile error
      '20097': 'invalid_request',
      '20098': 'duplicate_transaction',
      '20099': 'generic_decline', // declined by the acquirer
      '20100': 'invalid_expiry_year',
      '20101': 'invalid_account',
      '20102': 'invalid_account',
      '20103': 'duplicate_transaction',
      '20104': 'authentication_required',
      '20105': 'gateway_error',
      '20106': 'currency_not_supported',
      '20107': 'generic_decline',
      '20108': 'generic_decline',
      '20109': 'generic_decline',
      '20110': 'card_velocity_exceeded',
      '20111': 'incorrect_number',
      '20112': 'generic_decline',
      '20113': 'merchant_inactive',
      '20114': 'security_violation',
      '20115': 'invalid_request',
      '20116': 'generic_decline',
      '20117': 'generic_decline',
      '20118': 'generic_decline',
      '20119': 'generic_decline',
      '20120': 'processing_error',
      '20121': 'processing_error',
      '20123': 'authentication_required',
      '20124': 'authentication_required',
      '20150': 'authentication_required', // card not 3-D Secure enrolled
      '20151': 'authentication_not_handled',
      '20152': 'authentication_not_handled',
      '20153': 'authentication_not_handled', // 3-D Secure system malfunction
      '20154': 'authentication_required',
      '20155': 'authentication_required',
      '20179': 'invalid_account', // Mastercard 79: life cycle
      '20182': 'do_not_try_again', // Mastercard 82: policy
      '20183': 'fraudulent', // Mastercard 83: security
      '20193': 'invalid_cvc',
      '30004': 'pickup_card',
      '30007': 'pickup_card',
      '30015': 'invalid_number',
      '30016': 'card_velocity_exceeded',
      '30017': 'card_velocity_exceeded',
      '30018': 'card_velocity_exceeded',
      '30019': 'card_velocity_exceeded',
      '30020': 'card_velocity_exceeded',
      '30021': 'card_velocity_exceeded',
      '30022': 'card_velocity_exceeded',
      '30033': 'expired_card',
      '30034': 'fraudulent',
      '30035': 'call_issuer',
      '30036': 'restricted_card',
      '30037': 'fraudulent',
      '30038': 'pin_try_exceeded',
      '30044': 'transaction_not_allowed',
      '30045': 'invalid_account',
      '30046': 'invalid_account',
      '40101': 'highest_risk_level',
      '40201': 'highest_risk_level',
      '40202': 'merchant_blacklist',
      '40203': 'highest_risk_level',
      '40204': 'highest_risk_level',
      '40205': 'highest_risk_level',
    },
  },
]
