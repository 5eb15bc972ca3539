import type { JsonObject } from '../../../platform/wire/index.ts'
import type { NumberOf } from '../numbers/numbers.ts'
import type { FaceMethod } from '../queries/objects.ts'
import { toMoment } from './dates-and-money.ts'

/** What is kept of a method beside what its module knows; see `vault-method.ts`. */
export const METHOD_KEYS = {
  firstName: 'first_name',
  lastName: 'last_name',
  reference: 'merchant_reference',
  address: 'billing_address',
  /** When a card ends as the merchant says, and as its processor said then: "1035 1230". */
  expiry: 'card_expiry',
  /** Vaulted for whoever comes: the first customer that names it takes it. */
  isLoose: 'vaulted_for_later',
} as const

export function toWireMethod(method: FaceMethod, numberOf: NumberOf) {
  const { metadata } = method
  const address = objectOf(metadata[METHOD_KEYS.address])
  return {
    paymentMethodId: numberOf(method.id),
    billingAddressId: address?.['addressId'] ?? null,
    billingAddress: address,
    billingFirstName: metadata[METHOD_KEYS.firstName] ?? null,
    billingLastName: metadata[METHOD_KEYS.lastName] ?? null,
    merchantPaymentMethodRefId: metadata[METHOD_KEYS.reference] ?? null,
    paymentMethodAchDetails: method.type === 'card' ? null : toAccount(method),
    paymentMethodCreditCardDetails: method.type === 'card' ? toCard(method) : null,
  }
}

function toCard(method: FaceMethod) {
  return {
    binNumber: method.bin?.slice(0, 6) ?? null,
    paymentLast4Digit: method.last4,
    paymentExpirationDate: saidExpiry(method) ?? expiryOf(method),
    ...toUpdate(method),
  }
}

/** What a processor told of the card last, by itself or because it was asked before a charge (spec/revolv3.md 6.5). */
function toUpdate({ updatedAt, isRenumbered }: FaceMethod) {
  if (updatedAt === null)
    return { accountUpdateMessage: null, accountUpdateDateTime: null, accountUpdateCode: null }
  return {
    accountUpdateMessage: isRenumbered === true ? 'The account number was updated.' : 'The expiration date was updated.', // prettier-ignore
    accountUpdateDateTime: toMoment(updatedAt),
    accountUpdateCode: isRenumbered === true ? 'NewAccountNumber' : 'NewExpirationDate',
  }
}

/** What to keep of an expiry that the merchant tells: no processor can be told, so that its own stays what is charged. */
export function keptExpiry(
  method: FaceMethod,
  said: Pick<FaceMethod, 'expMonth' | 'expYear'>,
): string {
  return `${expiryOf(said) ?? ''} ${expiryOf(method) ?? ''}`
}

/** Until the processor tells of a new card itself. */
function saidExpiry(method: FaceMethod): string | null {
  const kept = method.metadata[METHOD_KEYS.expiry]
  const [said = null, asOf] = typeof kept === 'string' ? kept.split(' ') : []
  return asOf === (expiryOf(method) ?? '') ? said : null
}

function expiryOf({ expMonth, expYear }: Pick<FaceMethod, 'expMonth' | 'expYear'>): string | null {
  if (expMonth === null || expYear === null) return null
  return `${String(expMonth).padStart(2, '0')}${String(expYear % 100).padStart(2, '0')}`
}

function toAccount(method: FaceMethod) {
  return {
    accountLast4Digit: method.bankLast4 ?? method.last4,
    routingNumberLast4Digit: method.routingLast4,
    accountType: method.bankAccountType,
  }
}

export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null
}
