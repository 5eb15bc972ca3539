import { integerAt, ID_RANGE, textAt, type Fields } from './fields.ts'

/** An address as this face has it; kept as it was given. */
export type FaceAddress = {
  readonly addressId: number | null
  readonly addressLine1: string | null
  readonly addressLine2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postalCode: string | null
  readonly phoneNumber: string | null
  readonly email: string | null
  readonly country: string | null
}

export function readAddress(fields: Fields): FaceAddress {
  return {
    addressId: integerAt(fields, 'addressId', ID_RANGE),
    addressLine1: textAt(fields, 'addressLine1', { lengthMin: 2, lengthMax: 40 }),
    addressLine2: textAt(fields, 'addressLine2', { lengthMax: 40 }),
    city: textAt(fields, 'city', { lengthMax: 25 }),
    state: textAt(fields, 'state', { lengthMin: 2, lengthMax: 2 }),
    postalCode: textAt(fields, 'postalCode', { lengthMin: 2, lengthMax: 20 }),
    phoneNumber: textAt(fields, 'phoneNumber', { lengthMax: 40 }),
    email: textAt(fields, 'email', { lengthMax: 254 }),
    country: textAt(fields, 'country', { lengthMax: 60 }),
  }
}
