import type { DeniedCharge, GuardedCards } from '@perennial/core/billing'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { ChargeRoute } from '@perennial/core/payments'
import type { BillRouting } from '@perennial/core/routing'
import { formatInstant, type Instant } from '@perennial/core/time'
import { refused, type Refused } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listGuardedCards, listRefusedMethods } from '../../payments/index.ts'

/** The cards that charges may come to, as their networks know them. */
export function loadCards(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly routes?: readonly Pick<ChargeRoute, 'paymentMethodId'>[]
    readonly routings?: readonly BillRouting[]
    readonly at: Instant
    /** A customer is there: what other methods of the same card went through is not held against this one. */
    readonly isCustomerPresent?: boolean
    /** Attempts that are being settled: whoever decides adds them. */
    readonly exceptAttemptIds?: readonly Uuid[]
  },
): Promise<GuardedCards> {
  const { routes = [], routings = [], at, isCustomerPresent = false, exceptAttemptIds = [] } = of
  const named = [...routes, ...routings.flatMap(({ known }) => known.methods)]
  const paymentMethodIds = [...new Set(named.map((one) => one.paymentMethodId))]
  if (paymentMethodIds.length === 0) return Promise.resolve(new Map())
  const asked = { paymentMethodIds, at, ofMethodAlone: isCustomerPresent, exceptAttemptIds }
  return listGuardedCards(tx, accountId, asked)
}

/** The same for a batch of renewals: cards that were never refused are not read, because nothing can forbid them. */
export async function loadRefusedCards(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly routes: readonly Pick<ChargeRoute, 'paymentMethodId'>[]
    readonly routings: readonly BillRouting[]
    readonly at: Instant
  },
): Promise<GuardedCards | undefined> {
  const named = [...of.routes, ...of.routings.flatMap(({ known }) => known.methods)]
  const ids = [...new Set(named.map((one) => one.paymentMethodId))]
  if (ids.length === 0) return undefined
  const paymentMethodIds = await listRefusedMethods(tx, accountId, ids)
  if (paymentMethodIds.length === 0) return undefined
  return listGuardedCards(tx, accountId, { paymentMethodIds, at: of.at })
}

/** The answer to whoever asks for a charge that the card networks forbid: which rule, and when it is allowed again. */
export function forbidden(denied: DeniedCharge): Refused<'attempt_forbidden'> {
  const { network, rule, reason, allowedAt, declineCode, paymentMethodId } = denied
  const allowed = allowedAt === null ? null : formatInstant(allowedAt)
  const when = allowed === null ? 'any more' : `before ${allowed}`
  const message = `The rules of the card's network (${network}) allow no further try of this card ${when}: ${reason}. Charge another payment method.`
  return refused('attempt_forbidden', {
    message,
    details: {
      rule,
      network,
      payment_method_id: encodeId('payment_method', paymentMethodId),
      allowed_at: allowed,
    },
    ...(declineCode === null ? {} : { declineCode }),
  })
}
