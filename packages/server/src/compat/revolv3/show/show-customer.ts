import type { Uuid } from '@perennial/core/ids'
import { listTermsOfCustomers } from '../../../modules/billing/index.ts'
import { findCustomers } from '../../../modules/customers/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { numbersOf } from '../numbers/numbers.ts'
import { readFaceCustomers } from '../queries/objects.ts'
import { showSubscriptions } from './show-subscription.ts'

/** Subscriptions that are told with their customers, at most. */
const SUBSCRIPTIONS_MAX = 100

/** Customers with their subscriptions, in the order of the ids; those that were deleted are left out. */
export async function showCustomers(tx: Tx, accountId: Uuid, ids: readonly Uuid[]) {
  const [customers, faces, terms] = await Promise.all([
    findCustomers(tx, accountId, ids),
    readFaceCustomers(tx, accountId, ids),
    listTermsOfCustomers(tx, accountId, { customerIds: ids, limit: SUBSCRIPTIONS_MAX }),
  ])
  const ofSubscriptions = terms.filter(({ kind }) => kind === 'subscription')
  const subscriptions = await showSubscriptions(tx, accountId, ofSubscriptions)
  const numberOf = await numbersOf(
    tx,
    accountId,
    ids.map((id) => ({ kind: 'customer', id }) as const),
  )
  return ids.flatMap((id) => {
    const customer = customers.find((one) => one.id === id)
    if (customer === undefined || customer.deletedAt !== null) return []
    const face = faces.find((one) => one.customerId === id)
    const [firstName = null, ...rest] = customer.name?.split(/\s+/) ?? []
    const number = numberOf(id)
    return [
      {
        customerId: number,
        merchantCustomerRefId: face?.reference ?? null,
        firstName: face === undefined ? firstName : face.firstName,
        lastName: face === undefined ? rest.join(' ') || null : face.lastName,
        email: face === undefined ? customer.email : face.email,
        billingAddresses: face?.billingAddresses ?? [],
        shippingAddresses: face?.shippingAddresses ?? [],
        taxAddresses: ofSubscriptions.flatMap((one) =>
          one.customerId === id && one.taxAddress !== null ? [one.taxAddress] : [],
        ),
        subscriptions: subscriptions.filter((one) => one.customerId === number),
      },
    ]
  })
}
