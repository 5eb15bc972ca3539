import type { CommandContext, Decision } from '../../platform/command/index.ts'
import { refused } from '../../platform/command/index.ts'
import { createCustomer } from './create-customer.ts'
import type { Customer, CustomerChange, NewCustomer } from './customer.ts'
import type { CustomerRefusal } from './errors.ts'
import { findCustomerByEmail } from './queries.ts'
import { updateCustomer } from './update-customer.ts'

/** Looks at an address whose holders come and go between two looks. */
const LOOKS_MAX = 5

/**
 * Whoever has the e-mail address already, changed by `change`, or a new customer. Of two calls at once one makes the
 * customer and the other finds them. Refuses: `map_too_large`; `email_taken` by a customer who is never there when looked for.
 */
export async function createOrUpdateCustomer(
  context: CommandContext,
  request: { readonly details: NewCustomer; readonly change: Omit<CustomerChange, 'email'> },
): Promise<Decision<Customer, CustomerRefusal>> {
  const { details, change } = request
  const { accountId } = context
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const key = { accountId, email: details.email }
    const id = await context.inTx((tx) => findCustomerByEmail(tx, key))
    if (id === null) {
      const made = await createCustomer(context, details)
      if (made.kind === 'accepted') return made
    } else {
      const changed = await updateCustomer(context, { id, change })
      if (changed.kind === 'accepted' || changed.code !== 'customer_not_found') return changed
    }
  }
  return refused('email_taken')
}
