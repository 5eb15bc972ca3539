import type { DeniedCharge, GuardedCards } from '@perennial/core/billing'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { ChargeRoute } from '@perennial/core/payments'
import type { BillRouting } from '@perennial/core/routing'
import { formatInstantOrNull, type Instant } from '@perennial/core/time'
import { refused, type Refused } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listGuardedCards, listWatchedMethods, lockCards } from '../../payments/index.ts'

/** The cards that charges may come to, as their networks know them; nobody else charges them until the transaction ends. */
export async function lockGuardedCards(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly routes?: readonly Pick<ChargeRoute, 'paymentMethodId'>[]
    readonly routings?: readonly BillRouting[]
    readonly at: Instant
    /** A customer is there: what other methods of the same card went through is not held against this one. */
    readonly isCustomerPresent?: boolean
  },
): Promise<GuardedCards> {
  const { routes = [], routings = [], at, isCustomerPresent = false } = of
  const named = [...routes, ...routings.flatMap(({ known }) => known.methods)]
  const paymentMethodIds = [...new Set(named.map((one) => one.paymentMethodId))]
  if (paymentMethodIds.length === 0) return new Map()
  await lockCards(tx, accountId, paymentMethodIds)
  return listGuardedCards(tx, accountId, { paymentMethodIds, at, ofMethodAlone: isCustomerPresent })
}

type Way = Pick<ChargeRoute, 'paymentMethodId'> & { readonly subscriptionId: Uuid }

/**
 * The same for a batch of renewals. Cards that come once, were never refused and are not being charged are not read, because
 * nothing can forbid them.
 */
export async function lockWatchedCards(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly routes: readonly Way[]
    /** By subscription. */
    readonly routings: ReadonlyMap<Uuid, BillRouting>
    readonly at: Instant
  },
): Promise<GuardedCards | undefined> {
  const times = timesNamed(of)
  if (times.size === 0) return undefined
  const repeatedIds = [...times.keys()].filter((id) => (times.get(id) ?? 0) > 1)
  const watched = { paymentMethodIds: [...times.keys()], repeatedIds }
  const paymentMethodIds = await listWatchedMethods(tx, accountId, watched)
  if (paymentMethodIds.length === 0) return undefined
  await lockCards(tx, accountId, paymentMethodIds)
  return listGuardedCards(tx, accountId, { paymentMethodIds, at: of.at })
}

/** How many of the subscriptions each method may be charged for. */
function timesNamed(of: {
  readonly routes: readonly Way[]
  readonly routings: ReadonlyMap<Uuid, BillRouting>
}): ReadonlyMap<Uuid, number> {
  const methodsOf = new Map<Uuid, Set<Uuid>>()
  const add = (subscriptionId: Uuid, methodId: Uuid): void => {
    const named = methodsOf.get(subscriptionId)
    if (named === undefined) methodsOf.set(subscriptionId, new Set([methodId]))
    else named.add(methodId)
  }
  for (const way of of.routes) add(way.subscriptionId, way.paymentMethodId)
  for (const [id, { known }] of of.routings)
    for (const { paymentMethodId } of known.methods) add(id, paymentMethodId)
  const times = new Map<Uuid, number>()
  for (const methods of methodsOf.values())
    for (const id of methods) times.set(id, (times.get(id) ?? 0) + 1)
  return times
}

/** The answer to whoever asks for a charge that the card networks forbid: which rule, and when it is allowed again. */
export function forbidden(denied: DeniedCharge): Refused<'attempt_forbidden'> {
  const { network, rule, reason, allowedAt, declineCode, paymentMethodId } = denied
  const allowed = formatInstantOrNull(allowedAt)
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
