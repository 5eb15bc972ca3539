import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentIntent } from '@perennial/core/payments'
import { findIntent } from '../../../modules/payments/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { numbersOf } from '../numbers/numbers.ts'
import { readAuthorizationOf } from '../queries/authorizations.ts'
import { readMethods } from '../queries/objects.ts'
import { toMajor } from './dates-and-money.ts'
import { tellCharge, toWireAttempt } from './show-attempt.ts'

/** An authorisation: an intent whose money is taken later, told as a sale without an invoice is. */
export async function showAuthorization(tx: Tx, accountId: Uuid, intentId: Uuid) {
  const intent = await findIntent(tx, accountId, intentId)
  const attempt = await readAuthorizationOf(tx, accountId, intentId)
  if (intent === null || attempt === null) throw FaceRefusal.notFound('authorization')
  const methods = await readMethods(tx, accountId, [attempt.paymentMethodId])
  const [method] = methods
  assert(method !== undefined, 'what was authorised was with a method')
  const isApproved = attempt.state === 'succeeded'
  const numberOf = await numbersOf(tx, accountId, [
    { kind: 'customer', id: intent.customerId },
    { kind: 'method', id: method.id },
    { kind: 'attempt', id: attempt.id },
    ...(isApproved ? ([{ kind: 'authorization', id: intentId }] as const) : []),
  ])
  const told = toWireAttempt(attempt, { methods }, numberOf)
  return {
    customerId: numberOf(intent.customerId),
    paymentMethodAuthorizationId: isApproved ? numberOf(intentId) : null,
    networkTransactionId: method.networkTransactionId,
    message: messageOf(intent) ?? told.responseMessage,
    amount: { currency: intent.currency, value: toMajor(attempt.amountMinor, intent.currency) },
    paymentMethodId: numberOf(method.id),
    paymentMethodTypeId: method.type === 'card' ? 1 : 2,
    ...tellCharge(told),
  }
}

/** What became of it since; null while it stands as it was given. */
function messageOf({ status, lastError, capturableMinor }: PaymentIntent): string | null {
  if (status === 'canceled') return lastError === null ? 'Reversed' : 'Expired'
  if (status === 'succeeded') return 'Captured'
  return status === 'processing' && capturableMinor === 0n ? 'Being reversed' : null
}
