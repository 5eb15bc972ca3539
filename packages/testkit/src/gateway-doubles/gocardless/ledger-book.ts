import type { ChargeFault } from '../charge-fault.ts'
import { randomName } from '../random-name.ts'

export type Scheme = 'ach' | 'bacs' | 'sepa_core'

export type Customer = { readonly id: string; readonly name: string }

export type BankAccount = {
  readonly id: string
  readonly customer: string
  readonly holder: string
  readonly ending: string
  readonly country: string
  readonly currency: string
}

export type MandateStatus =
  | 'pending_submission'
  | 'submitted'
  | 'active'
  | 'cancelled'
  | 'failed'
  | 'expired'

export type Mandate = {
  readonly id: string
  readonly scheme: Scheme
  readonly bankAccount: BankAccount
  status: MandateStatus
  readonly fault: ChargeFault | null
  /** Its merchant's package allows no references. */
  readonly takesReferences: boolean
}

export type PaymentStatus =
  | 'pending_submission'
  | 'submitted'
  | 'confirmed'
  | 'paid_out'
  | 'cancelled'
  | 'failed'
  | 'charged_back'

export type Payment = {
  readonly id: string
  readonly createdAt: string
  readonly amount: number
  readonly currency: string
  readonly mandate: Mandate
  readonly metadata: Readonly<Record<string, string>>
  readonly reference: string | null
  readonly refunds: Refund[]
  status: PaymentStatus
  payout: string | null
}

export type Refund = {
  readonly id: string
  readonly payment: string
  readonly createdAt: string
  readonly amount: number
  readonly metadata: Readonly<Record<string, string>>
  status: 'pending_submission' | 'paid' | 'failed'
}

export type PayoutItem = {
  readonly type: string
  readonly amount: string
  readonly payment: string
}

export type Payout = {
  readonly id: string
  readonly createdAt: string
  readonly amount: number
  readonly fees: number
  readonly currency: string
  readonly items: readonly PayoutItem[]
}

/** What happened to a payment, as `GET /events` lists it. */
export type PaymentEvent = {
  readonly id: string
  readonly createdAt: string
  readonly payment: string
  readonly action: string
}

/** Everything that the double remembers. */
export type LedgerBook = {
  readonly customers: Map<string, Customer>
  readonly bankAccounts: Map<string, BankAccount>
  readonly mandates: Map<string, Mandate>
  readonly payments: Map<string, Payment>
  readonly refunds: Map<string, Refund>
  readonly payouts: Map<string, Payout>
  readonly events: PaymentEvent[]
  /** What was made under a key, by path and key. */
  readonly created: Map<string, string>
}

export function openLedgerBook(): LedgerBook {
  return {
    customers: new Map(),
    bankAccounts: new Map(),
    mandates: new Map(),
    payments: new Map(),
    refunds: new Map(),
    payouts: new Map(),
    events: [],
    created: new Map(),
  }
}

const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'

/** Two letters for the kind, and twelve more. */
export function newId(kind: 'CU' | 'BA' | 'MD' | 'PM' | 'RF' | 'PO' | 'EV'): string {
  return `${kind}${randomName(12, LETTERS)}`
}

export const CURRENCY_OF: Readonly<Record<Scheme, string>> = {
  ach: 'USD',
  bacs: 'GBP',
  sepa_core: 'EUR',
}

const COUNTRY_OF: Readonly<Record<Scheme, string>> = { ach: 'US', bacs: 'GB', sepa_core: 'DE' }

/** A mandate with its customer and account, made without the three calls. */
export function addMandate(
  book: LedgerBook,
  wish: { readonly scheme: Scheme } & Partial<
    Pick<Mandate, 'status' | 'fault' | 'takesReferences'>
  >,
): Mandate {
  const { scheme, status = 'active', fault = null, takesReferences = true } = wish
  const customer = { id: newId('CU'), name: 'Ada Lovelace' }
  book.customers.set(customer.id, customer)
  const bankAccount: BankAccount = {
    id: newId('BA'),
    customer: customer.id,
    holder: customer.name.toUpperCase(),
    ending: '56',
    country: COUNTRY_OF[scheme],
    currency: CURRENCY_OF[scheme],
  }
  book.bankAccounts.set(bankAccount.id, bankAccount)
  const id = newId('MD')
  const mandate: Mandate = { id, scheme, bankAccount, status, fault, takesReferences }
  book.mandates.set(mandate.id, mandate)
  return mandate
}
