import type { ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { maxInstant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { tellNewsOfCards } from '../queries/card-news.ts'
import { clearDefaultMethods, lockMethodsOf, updateMethods } from '../queries/payment-methods.ts'
import { toMethodEvent } from './method-events.ts'

type Wanted = ChangeSet['newDefaults'][number]

/**
 * Makes methods the defaults of their customers, whom the caller keeps from being deleted. Of several of one customer the
 * last counts; one that was detached meanwhile, or went to somebody else, stays what it is. A batch without any asks nothing.
 */
export async function makeMethodsDefault(
  tx: Tx,
  scope: Pick<CommandContext, 'accountId' | 'request'>,
  { wanted, nextId }: { readonly wanted: readonly Wanted[]; readonly nextId: () => Uuid },
): Promise<void> {
  const lastOf = new Map(wanted.map((one) => [one.customerId, one]))
  const [first, ...others] = lastOf.values()
  if (first === undefined) return
  const { accountId } = scope
  // All of them, so that whoever is next sees which one is the default now.
  const held = await lockMethodsOf(tx, { accountId, customerIds: [...lastOf.keys()] })
  const at = maxInstant(first.at, ...others.map((other) => other.at))
  const changes = held
    .filter(
      ({ id, customerId, isDefault }) =>
        !isDefault && lastOf.get(customerId)?.paymentMethodId === id,
    )
    .map((previous) => ({ previous, method: { ...previous, isDefault: true, updatedAt: at } }))
  if (changes.length === 0) return
  const customerIds = changes.map(({ method }) => method.customerId)
  await clearDefaultMethods(tx, { accountId, customerIds })
  const methods = changes.map(({ method }) => method)
  await updateMethods(tx, accountId, methods)
  await tellNewsOfCards(tx, { accountId, customerIds, at })
  const context = { ...scope, ids: { next: nextId }, now: at }
  await recordEvents(
    tx,
    changes.map((change) => toMethodEvent(context, { type: 'payment_method.updated', ...change })),
  )
}
