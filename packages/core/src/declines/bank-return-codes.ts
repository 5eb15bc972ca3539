import { isDeclineCode, type DeclineCode } from './decline-codes.ts'
import type { GatewayTable } from './gateways/gateway-table.ts'

/** Why a bank took a debit back: ACH return codes, and the ISO 20022 reason codes of SEPA. The pairing is ours. */
export const RETURN_CODES: GatewayTable = [
  {
    sources: ['STR-C'],
    codes: {
      R01: 'insufficient_funds',
      R02: 'invalid_account',
      R03: 'invalid_account',
      R04: 'invalid_account',
      R05: 'revocation_of_authorization',
      R06: 'generic_decline',
      R07: 'revocation_of_authorization',
      R08: 'stop_payment_order',
      R09: 'insufficient_funds',
      R10: 'revocation_of_authorization',
      R11: 'revocation_of_authorization',
      R12: 'invalid_account',
      R13: 'invalid_number',
      R14: 'invalid_account',
      R15: 'invalid_account',
      R16: 'invalid_account',
      R17: 'invalid_account',
      R18: 'processing_error',
      R20: 'invalid_account',
      R22: 'processing_error',
      R23: 'generic_decline',
      R24: 'duplicate_transaction',
      R28: 'invalid_number',
      R29: 'revocation_of_authorization',
      R31: 'generic_decline',
      R33: 'generic_decline',
      R34: 'service_not_allowed',
      R37: 'duplicate_transaction',
      R38: 'stop_payment_order',
      R39: 'duplicate_transaction',
      R51: 'revocation_of_authorization',
    },
  },
  {
    sources: ['EPC'],
    codes: {
      AC01: 'incorrect_number',
      AC04: 'invalid_account',
      AC06: 'invalid_account',
      AC13: 'card_not_supported',
      AG01: 'card_not_supported',
      AG02: 'invalid_request',
      AM04: 'insufficient_funds',
      AM05: 'duplicate_transaction',
      BE05: 'invalid_request',
      CNOR: 'invalid_request',
      DNOR: 'invalid_request',
      FF01: 'invalid_request',
      MD01: 'revocation_of_authorization',
      MD02: 'invalid_request',
      MD06: 'revocation_of_authorization',
      MD07: 'invalid_account',
      MS02: 'generic_decline',
      MS03: 'generic_decline',
      RC01: 'invalid_number',
      RR01: 'transaction_not_allowed',
      RR02: 'transaction_not_allowed',
      RR03: 'transaction_not_allowed',
      RR04: 'transaction_not_allowed',
      SL01: 'card_not_supported',
    },
  },
]

const BY_REASON: ReadonlyMap<string, DeclineCode> = new Map(
  RETURN_CODES.flatMap(({ codes }) => Object.entries(codes)),
)

/** The code that a bank's reason for taking a debit back stands for. */
export function declineCodeOfReturn(returnCode: string): DeclineCode {
  return BY_REASON.get(returnCode.trim().toUpperCase()) ?? 'generic_decline'
}

/** Of what a gateway names when money was taken back: a bank's code, or one of ours where the gateway has put it so. */
export function declineCodeOfTold(code: string): DeclineCode {
  const written = code.trim().toLowerCase()
  return isDeclineCode(written) ? written : declineCodeOfReturn(code)
}

export function listReturnCodes(): readonly string[] {
  return [...BY_REASON.keys()]
}
