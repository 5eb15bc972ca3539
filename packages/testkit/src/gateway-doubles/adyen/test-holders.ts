// The vendor's test environment decides by the name of the card's holder ("Testing result codes and refusal reasons").

export type Refusal = {
  readonly resultCode: 'Refused' | 'Error' | 'Cancelled'
  readonly code: string
  readonly reason: string
  /** As the acquirer said it, with its own code before it. */
  readonly raw: string
}

const refused = (code: string, reason: string, raw: string): Refusal => ({
  resultCode: 'Refused',
  code,
  reason,
  raw,
})

/** A shopper who did not pass the issuer's challenge. */
export const NOT_AUTHENTICATED = refused('11', '3D Not Authenticated', '1A : Authenticate')

const REFUSALS: Readonly<Record<string, Refusal>> = {
  DECLINED: refused('2', 'Refused', '05 : Do not honor'),
  REFERRAL: refused('3', 'Referral', '01 : Refer to card issuer'),
  ERROR: { ...refused('4', 'Acquirer Error', '96 : System malfunction'), resultCode: 'Error' },
  BLOCK_CARD: refused('5', 'Blocked Card', '62 : Restricted card'),
  CARD_EXPIRED: refused('6', 'Expired Card', '54 : Expired card'),
  INVALID_AMOUNT: refused('7', 'Invalid Amount', '13 : Invalid amount'),
  INVALID_CARD: refused('8', 'Invalid Card Number', '14 : Invalid card number'),
  NOT_SUPPORTED: refused('10', 'Not supported', '57 : Not permitted'),
  NOT_3D_AUTHENTICATED: NOT_AUTHENTICATED,
  NOT_ENOUGH_BALANCE: refused('12', 'Not enough balance', '51 : Insufficient funds'),
  ACQUIRER_FRAUD: refused('14', 'Acquirer Fraud', '59 : Suspected fraud'),
  INVALID_PIN: refused('17', 'Invalid Pin', '55 : Incorrect PIN'),
  FRAUD: refused('20', 'FRAUD', '59 : Suspected fraud'),
  TRANSACTION_NOT_PERMITTED: refused('23', 'Transaction Not Permitted', '57 : Not permitted'),
  CVC_DECLINED: refused('24', 'CVC Declined', 'N7 : CVV2 failure'),
  RESTRICTED_CARD: refused('25', 'Restricted Card', '62 : Restricted card'),
  REVOCATION_OF_AUTH: refused('26', 'Revocation Of Auth', 'R1 : Stop all payments'),
  WITHDRAWAL_AMOUNT_EXCEEDED: refused('28', 'Withdrawal amount exceeded', '61 : Over limit'),
}

/** Null: whoever else it is, is approved. */
export function findRefusal(holderName: string): Refusal | null {
  return REFUSALS[holderName] ?? null
}

export function listRefusals(): readonly (readonly [holderName: string, refusal: Refusal])[] {
  return Object.entries(REFUSALS)
}
