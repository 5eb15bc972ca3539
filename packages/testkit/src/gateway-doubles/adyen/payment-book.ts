import type { ChargeFault } from '../charge-fault.ts'
import { randomName } from '../random-name.ts'

export type StoredCard = {
  readonly id: string
  readonly shopperReference: string
  readonly number: string
  readonly expiryMonth: string
  readonly expiryYear: string
  readonly holderName: string
  readonly fault: ChargeFault | null
}

export type Amount = { readonly value: number; readonly currency: string }

export type Payment = {
  readonly pspReference: string
  readonly merchantReference: string
  readonly amount: Amount
  readonly resultCode: string
  readonly networkTxReference: string
  readonly sentNetworkTxReference: string | null
  readonly shopperInteraction: string
  readonly recurringProcessingModel: string
  readonly card: StoredCard
  readonly madeAt: string
  captured: number
  readonly refunds: number[]
  canceled: boolean
}

/** A payment that waits for its shopper at the issuer; `answer`: what the shopper did there, null = nothing yet. */
export type Challenge = {
  readonly md: string
  readonly returnUrl: string
  /** Whether the browser is sent to the issuer by a link or by a form. */
  readonly method: 'GET' | 'POST'
  /** Made when what the shopper brings back is handed in. */
  readonly payment: Payment
  answer: 'passed' | 'failed' | null
  /** What the shopper brings back, once. */
  redirectResult: string | null
}

/** What the vendor found out of a modification after it had answered `received`. */
export type Modification = {
  readonly pspReference: string
  readonly originalReference: string
  readonly merchantReference: string
  readonly eventCode: 'CAPTURE' | 'REFUND' | 'CANCELLATION' | 'CANCEL_OR_REFUND'
  readonly amount: Amount
  readonly success: boolean
  readonly reason: string
}

export type Dispute = {
  readonly pspReference: string
  readonly payment: Payment
  status: 'open' | 'accepted' | 'defended'
  readonly documents: string[]
}

export type PaymentBook = {
  readonly cards: Map<string, StoredCard>
  readonly payments: Map<string, Payment>
  readonly challenges: Map<string, Challenge>
  readonly modifications: Modification[]
  readonly disputes: Map<string, Dispute>
  readonly answers: Map<string, { readonly status: number; readonly body: unknown }>
  /** Whether the next modification fails, whatever it is. */
  failsNext: boolean
}

export function openPaymentBook(): PaymentBook {
  return {
    cards: new Map(),
    payments: new Map(),
    challenges: new Map(),
    modifications: [],
    disputes: new Map(),
    answers: new Map(),
    failsNext: false,
  }
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'

/** Sixteen letters and digits, as the vendor names everything that happens. */
export function newPspReference(): string {
  return randomName(16, LETTERS)
}

export function addCard(
  book: PaymentBook,
  wish: Partial<StoredCard> & Pick<StoredCard, 'number'>,
): StoredCard {
  const card: StoredCard = {
    id: newPspReference(),
    shopperReference: `shopper-${randomName(8)}`,
    expiryMonth: '03',
    expiryYear: '2030',
    holderName: 'Ada Lovelace',
    fault: null,
    ...wish,
  }
  book.cards.set(card.id, card)
  return card
}
