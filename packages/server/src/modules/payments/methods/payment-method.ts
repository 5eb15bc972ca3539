import type { Uuid } from '@perennial/core/ids'
import type { CardDetails } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../../platform/wire/index.ts'

export const METHOD_TYPES = [
  'card',
  'bank_account',
  'us_bank_account',
  'bacs_direct_debit',
] as const
export type MethodType = (typeof METHOD_TYPES)[number]

export const METHOD_STATUSES = ['active', 'inactive', 'expired'] as const
export type MethodStatus = (typeof METHOD_STATUSES)[number]

export type BillingAddress = {
  readonly line1: string | null
  readonly line2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postal_code: string | null
  readonly country: string | null
}

/** Stored and shown in this one spelling. */
export type BillingDetails = {
  readonly name: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly address: BillingAddress | null
}

/** Null clears a field; what is absent stays. */
export type BillingDetailsChange = {
  readonly name?: string | null
  readonly email?: string | null
  readonly phone?: string | null
  readonly address?: Partial<BillingAddress> | null
}

/** The mandate that a Bacs method is debited under; sort code masked. */
export type MethodMandate = {
  readonly id: Uuid
  readonly status: string
  readonly ref: string
  readonly sortCodeLast2: string
}

/** A tokenised instrument of a customer. The number behind it is known to gateways alone. */
export type PaymentMethod = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly type: MethodType
  /** `inactive` = detached: kept for the record, never charged again. */
  readonly status: MethodStatus
  readonly isDefault: boolean
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly funding: string | null
  readonly country: string | null
  readonly bankName: string | null
  readonly routingLast4: string | null
  readonly bankAccountType: string | null
  readonly fingerprint: string | null
  /** Which wallet the card sits in, such as apple_pay; null for a card as such. */
  readonly wallet: string | null
  /** Its place among the customer's methods, the lowest first; null = after those that have one. */
  readonly priority: number | null
  readonly mandate: MethodMandate | null
  readonly billingDetails: BillingDetails | null
  readonly metadata: JsonObject
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export function toNewMethod(
  details: CardDetails,
  given: Pick<
    PaymentMethod,
    'id' | 'customerId' | 'isDefault' | 'wallet' | 'billingDetails' | 'metadata'
  >,
  at: Instant,
): PaymentMethod {
  const { type, brand, last4, expMonth, expYear, funding, country, fingerprint } = details
  return {
    ...given,
    type,
    status: 'active',
    brand,
    last4,
    expMonth,
    expYear,
    funding,
    country,
    bankName: null,
    routingLast4: null,
    bankAccountType: null,
    fingerprint,
    priority: null,
    mandate: null,
    createdAt: at,
    updatedAt: at,
  }
}

const NO_ADDRESS: BillingAddress = {
  line1: null,
  line2: null,
  city: null,
  state: null,
  postal_code: null,
  country: null,
}

const NO_DETAILS: BillingDetails = { name: null, email: null, phone: null, address: null }

/** The details after a change; undefined changes nothing, null clears all of them. */
export function changeBillingDetails(
  current: BillingDetails | null,
  change: BillingDetailsChange | null | undefined,
): BillingDetails | null {
  if (change === undefined) return current
  if (change === null) return null
  const { address, ...rest } = change
  const before = current ?? NO_DETAILS
  const after = { ...before, ...rest }
  if (address === undefined) return after
  if (address === null) return { ...after, address: null }
  return { ...after, address: { ...(before.address ?? NO_ADDRESS), ...address } }
}
