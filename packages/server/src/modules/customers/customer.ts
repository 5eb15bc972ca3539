import type { Uuid } from '@perennial/core/ids'
import { mergeMap } from '@perennial/core/maps'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'

/** What a merchant says about a customer. */
export type CustomerDetails = {
  readonly email: string
  readonly name: string | null
  readonly phone: string | null
  readonly companyName: string | null
  readonly addressLine1: string | null
  readonly addressLine2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postalCode: string | null
  readonly country: string | null
  /** Of this customer's invoices; null = the account's. */
  readonly currency: Currency | null
  readonly taxId: string | null
  readonly metadata: JsonObject
  readonly customFields: JsonObject
}

export type Customer = CustomerDetails & {
  readonly id: Uuid
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly deletedAt: Instant | null
}

/** Everything but the e-mail address may be left out. */
export type NewCustomer = Pick<CustomerDetails, 'email'> & Partial<CustomerDetails>

/** Null clears a text; in the maps, null removes a key and the rest is merged. */
export type CustomerChange = Partial<CustomerDetails>

const NO_DETAILS: Omit<CustomerDetails, 'email'> = {
  name: null,
  phone: null,
  companyName: null,
  addressLine1: null,
  addressLine2: null,
  city: null,
  state: null,
  postalCode: null,
  country: null,
  currency: null,
  taxId: null,
  metadata: {},
  customFields: {},
}

export function toNewCustomer(
  request: NewCustomer,
  made: { readonly id: Uuid; readonly at: Instant },
): Customer {
  return {
    ...NO_DETAILS,
    ...request,
    metadata: mergeMap({}, request.metadata),
    customFields: mergeMap({}, request.customFields),
    id: made.id,
    createdAt: made.at,
    updatedAt: made.at,
    deletedAt: null,
  }
}

export function changeCustomer(current: Customer, change: CustomerChange, at: Instant): Customer {
  return {
    ...current,
    ...change,
    metadata: mergeMap(current.metadata, change.metadata),
    customFields: mergeMap(current.customFields, change.customFields),
    updatedAt: at,
  }
}
