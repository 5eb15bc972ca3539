import type { Uuid } from '@perennial/core/ids'
import type { Clock } from '../../platform/clock/index.ts'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
} from '../../platform/command/index.ts'
import { findCustomer } from '../customers/index.ts'
import { findSubscription } from '../subscriptions/index.ts'
import { type CardUpdateLink, createCardUpdateLinks } from './links/create-links.ts'

export type CreateCustomerLink = {
  /** Null = the customer of the subscription. */
  readonly customerId: Uuid | null
  /** Null = about whatever the customer owes. */
  readonly subscriptionId: Uuid | null
  readonly lifetimeMs: number
}

export type CreateLinkRefusal =
  | 'owner_missing'
  | 'subscription_not_found'
  | 'subscription_of_another'
  | 'customer_not_found'

export type CustomerCardLink = CardUpdateLink & {
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
}

/** A link for one customer. Mails that go out in batches call `createCardUpdateLinks`. Refusals in the order of the union. */
export async function createCustomerLink(
  deps: { readonly clock: Clock },
  context: CommandContext,
  request: CreateCustomerLink,
): Promise<Decision<CustomerCardLink, CreateLinkRefusal>> {
  const { accountId } = context
  const { subscriptionId, lifetimeMs } = request
  return context.inTx(async (tx) => {
    const subscription =
      subscriptionId === null ? null : await findSubscription(tx, accountId, subscriptionId)
    if (subscriptionId !== null && subscription === null) return refused('subscription_not_found')
    const customerId = request.customerId ?? subscription?.customerId ?? null
    if (customerId === null) return refused('owner_missing')
    if (subscription !== null && subscription.customerId !== customerId)
      return refused('subscription_of_another')
    const customer = await findCustomer(tx, { accountId, id: customerId })
    if (customer === null || customer.deletedAt !== null) return refused('customer_not_found')
    const owner = { kind: 'customer', customerId, subscriptionId } as const
    const wanted = [{ owner, lifetimeMs }]
    const [link] = await createCardUpdateLinks(tx, { ...deps, ids: context.ids }, { accountId, wanted }) // prettier-ignore
    if (link === undefined) return refused('owner_missing')
    await context.remember(tx, 'card_update_link', link.id)
    return accepted({ ...link, customerId, subscriptionId })
  })
}
