import { objectsAt, textAt, type Fields } from './fields.ts'
import { readAddress, type FaceAddress } from './read-address.ts'
import { REFERENCE } from './read-method.ts'

export type WantedCustomer = {
  readonly reference: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly email: string | null
  readonly billingAddresses: readonly FaceAddress[]
  readonly shippingAddresses: readonly FaceAddress[]
}

export const CUSTOMER_NAME = { lengthMax: 150 } as const

export function readCustomer(fields: Fields): WantedCustomer {
  return {
    reference: textAt(fields, 'merchantCustomerRefId', REFERENCE),
    firstName: textAt(fields, 'firstName', CUSTOMER_NAME),
    lastName: textAt(fields, 'lastName', CUSTOMER_NAME),
    email: textAt(fields, 'email', { lengthMax: 254 }),
    billingAddresses: objectsAt(fields, 'billingAddresses').map(readAddress),
    shippingAddresses: objectsAt(fields, 'shippingAddresses').map(readAddress),
  }
}
