import { randomName } from '../random-name.ts'

/** What the double does when such a profile is charged; all but `approved` are its own, not Authorize.net's. */
export type ProfileBehaviour =
  | 'approved'
  /** Refused with this response reason code. */
  | `declined ${string}`
  /** Charged, and the answer is lost. */
  | 'loses the answer'
  /** The request is lost on the way. */
  | 'loses the request'

export type PaymentProfile = {
  readonly customerProfileId: string
  readonly paymentProfileId: string
  readonly kind: 'creditCard' | 'bankAccount'
  readonly number: string
  /** `2030-12`; empty for bank accounts. */
  readonly expirationDate: string
  readonly routingNumber: string
  /** Of the billing address; 46282 declines. */
  readonly zip: string
  readonly behaviour: ProfileBehaviour
}

export type TransactionStatus =
  | 'authorizedPendingCapture'
  | 'capturedPendingSettlement'
  | 'settledSuccessfully'
  | 'refundPendingSettlement'
  | 'refundSettledSuccessfully'
  | 'returnedItem'
  | 'chargeback'
  | 'chargebackReversal'
  | 'voided'
  | 'expired'
  | 'declined'
  | 'generalError'

export type BookedTransaction = {
  readonly transId: string
  readonly transactionType: string
  status: TransactionStatus
  readonly responseCode: 1 | 2 | 3
  readonly reasonCode: string
  readonly authAmount: string
  settleAmount: string
  readonly invoiceNumber: string | null
  readonly description: string | null
  readonly refTransId: string | null
  readonly profile: PaymentProfile
  readonly networkTransId: string | null
  readonly originalNetworkTransId: string | null
  readonly submittedAt: Date
  batchId: string | null
  /** Why a bank took a debit back, and the transaction that did so. */
  returned: { readonly transId: string; readonly code: string } | null
}

export type Batch = { readonly batchId: string; readonly settledAt: Date }

/** What a later request is compared with. */
export type DuplicateMark = { readonly about: string; readonly at: Date }

export type AuthnetBook = {
  readonly profiles: Map<string, PaymentProfile>
  readonly transactions: Map<string, BookedTransaction>
  readonly batches: Map<string, Batch>
  readonly marks: DuplicateMark[]
}

export function openAuthnetBook(): AuthnetBook {
  return { profiles: new Map(), transactions: new Map(), batches: new Map(), marks: [] }
}

export function digits(length: number): string {
  return `4${randomName(length - 1, '0123456789')}`
}

export function profileKey(customerProfileId: string, paymentProfileId: string): string {
  return `${customerProfileId}:${paymentProfileId}`
}

export function keepProfile(
  book: AuthnetBook,
  wish: Partial<PaymentProfile> & Pick<PaymentProfile, 'number'>,
): PaymentProfile {
  const profile: PaymentProfile = {
    customerProfileId: digits(9),
    paymentProfileId: digits(10),
    kind: 'creditCard',
    expirationDate: '2030-12',
    routingNumber: '',
    zip: '98004',
    behaviour: 'approved',
    ...wish,
  }
  book.profiles.set(profileKey(profile.customerProfileId, profile.paymentProfileId), profile)
  return profile
}
