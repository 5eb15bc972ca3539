import { randomName } from '../random-name.ts'

/** What the double does when such a card is charged; all but `approved` are its own, not Braintree's. */
export type CardBehaviour =
  | 'approved'
  /** Refused with this processor response code. */
  | `declined ${string}`
  /** Charged, and the answer is lost. */
  | 'loses the answer'
  /** The request is lost on the way. */
  | 'loses the request'

export type VaultedMethod = {
  readonly token: string
  readonly customerId: string
  readonly kind: 'credit_card' | 'apple_pay_card' | 'android_pay_card' | 'us_bank_account'
  readonly number: string
  readonly expMonth: string
  readonly expYear: string
  readonly holderName: string | null
  readonly behaviour: CardBehaviour
}

export type TransactionStatus =
  | 'authorized'
  | 'authorization_expired'
  | 'submitted_for_settlement'
  | 'settlement_pending'
  | 'settlement_declined'
  | 'settled'
  | 'voided'
  | 'processor_declined'
  | 'gateway_rejected'
  | 'failed'

export type BookedTransaction = {
  readonly id: string
  readonly type: 'sale' | 'credit'
  status: TransactionStatus
  /** As Braintree writes amounts; lowered by a partial capture. */
  amount: string
  readonly currency: string
  readonly merchantAccountId: string
  readonly orderId: string | null
  readonly method: VaultedMethod
  readonly processorCode: string | null
  readonly processorText: string | null
  readonly rejectionReason: string | null
  readonly networkTransactionId: string | null
  readonly refundedTransactionId: string | null
  readonly refundIds: string[]
  readonly source: string | null
  readonly createdAt: Date
  settledAt: Date | null
}

export type BookedDispute = {
  readonly id: string
  readonly transactionId: string
  status: 'open' | 'disputed' | 'accepted' | 'won' | 'lost'
  readonly evidence: BookedEvidence[]
  /** The next answer to its end is lost, and so was the request. */
  isEndLost: boolean
}

/** A text or a file. */
export type BookedEvidence = {
  readonly id: string
  readonly comment: string | null
  readonly file: string | null
  readonly createdAt: Date
}

export type MerchantAccount = {
  readonly id: string
  readonly currency: string
  readonly isDefault: boolean
}

/** What was answered to a request key, for as long as the double lives. */
export type KeptRequest = { readonly request: string; readonly transactionId: string }

export type BraintreeBook = {
  readonly merchantAccounts: readonly MerchantAccount[]
  readonly methods: Map<string, VaultedMethod>
  readonly transactions: Map<string, BookedTransaction>
  readonly disputes: Map<string, BookedDispute>
  /** Names of uploaded files. */
  readonly documents: Map<string, string>
  readonly requests: Map<string, KeptRequest>
  readonly requestKeys: 'allowed' | 'not allowed'
}

export function openBraintreeBook(requestKeys: BraintreeBook['requestKeys']): BraintreeBook {
  return {
    merchantAccounts: [
      { id: 'perennial_usd', currency: 'USD', isDefault: true },
      { id: 'perennial_eur', currency: 'EUR', isDefault: false },
      { id: 'perennial_jpy', currency: 'JPY', isDefault: false },
      { id: 'perennial_kwd', currency: 'KWD', isDefault: false },
    ],
    methods: new Map(),
    transactions: new Map(),
    disputes: new Map(),
    documents: new Map(),
    requests: new Map(),
    requestKeys,
  }
}

export function vaultMethod(
  book: BraintreeBook,
  wish: Partial<VaultedMethod> & Pick<VaultedMethod, 'number'>,
): VaultedMethod {
  const method: VaultedMethod = {
    token: randomName(6),
    customerId: randomName(9, '0123456789'),
    kind: 'credit_card',
    expMonth: '12',
    expYear: '2030',
    holderName: null,
    behaviour: 'approved',
    ...wish,
  }
  book.methods.set(method.token, method)
  return method
}
