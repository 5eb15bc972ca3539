import type { DoubleAnswer } from '../json-server.ts'
import { fieldOf, isTrue, textOf } from '../read-request.ts'
import { type AuthnetBook, keepProfile, type PaymentProfile, profileKey } from './authnet-book.ts'
import { accountTypeOf, ok, refused } from './wire.ts'

/** `createCustomerProfileRequest` with one way to pay. */
export function createCustomer(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const isNamed = ['merchantCustomerId', 'description', 'email'].some(
    (name) => textOf(asked, 'profile', name) !== null,
  )
  if (!isNamed) return refused('E00014', 'A required field is not present.')
  const profiles = fieldOf(asked, 'profile', 'paymentProfiles')
  const first: unknown = Array.isArray(profiles) ? profiles[0] : profiles
  const number = textOf(first, 'payment', 'creditCard', 'cardNumber')
  const account = textOf(first, 'payment', 'bankAccount', 'accountNumber')
  if (number !== null && !/^\d{12,19}$/.test(number))
    return refused('E00013', 'Card Number is invalid.')
  const kept = keepProfile(book, {
    number: number ?? account ?? '',
    kind: number === null ? 'bankAccount' : 'creditCard',
    expirationDate: textOf(first, 'payment', 'creditCard', 'expirationDate') ?? '',
    routingNumber: textOf(first, 'payment', 'bankAccount', 'routingNumber') ?? '',
  })
  return ok({
    customerProfileId: kept.customerProfileId,
    customerPaymentProfileIdList: [kept.paymentProfileId],
    customerShippingAddressIdList: [],
    validationDirectResponseList: [],
  })
}

/** `getCustomerPaymentProfileRequest`. */
export function showPaymentProfile(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const id = textOf(asked, 'customerProfileId') ?? ''
  const found = book.profiles.get(profileKey(id, textOf(asked, 'customerPaymentProfileId') ?? ''))
  if (found === undefined) return refused('E00040', 'The record cannot be found.')
  const wish = {
    isUnmasked: isTrue(asked, 'unmaskExpirationDate'),
    withIssuer: isTrue(asked, 'includeIssuerInfo'),
  }
  return ok({
    paymentProfile: {
      customerProfileId: found.customerProfileId,
      customerPaymentProfileId: found.paymentProfileId,
      payment: paymentOf(found, wish),
    },
  })
}

function paymentOf(
  profile: PaymentProfile,
  { isUnmasked, withIssuer }: { readonly isUnmasked: boolean; readonly withIssuer: boolean },
) {
  const { kind, number, expirationDate, routingNumber } = profile
  const last4 = `XXXX${number.slice(-4)}`
  if (kind === 'bankAccount')
    return {
      bankAccount: {
        accountType: 'checking',
        routingNumber: `XXXX${routingNumber.slice(-4)}`,
        accountNumber: last4,
        nameOnAccount: 'Ada Lovelace',
      },
    }
  return {
    creditCard: {
      cardNumber: last4,
      expirationDate: isUnmasked ? expirationDate : 'XXXX',
      cardType: accountTypeOf(profile),
      ...(withIssuer ? { issuerNumber: number.slice(0, 6) } : {}),
    },
  }
}
