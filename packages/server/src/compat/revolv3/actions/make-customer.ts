import type { Uuid } from '@perennial/core/ids'
import { createCustomer } from '../../../modules/customers/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { insertFaceCustomer } from '../queries/objects.ts'
import type { WantedCustomer } from '../read/read-customer.ts'
import { keepAddresses } from './keep-addresses.ts'

/**
 * A customer in the words of this face. Its e-mail need not be given and need not be its own there; where it cannot be
 * ours either, a name takes its place that no mail can reach (RFC 2606).
 */
export async function makeCustomer(context: CommandContext, wanted: WantedCustomer): Promise<Uuid> {
  const name = [wanted.firstName, wanted.lastName].filter((part) => part !== null).join(' ')
  const given = { name: name === '' ? null : name }
  const placeholder = `${context.ids.next()}@customers.invalid`
  const first = await createCustomer(context, { ...given, email: wanted.email ?? placeholder })
  const made =
    first.kind === 'refused'
      ? await createCustomer(context, { ...given, email: placeholder })
      : first
  if (made.kind === 'refused') throw new FaceRefusal(422, 'The customer cannot be made.')
  const { id: customerId } = made.value
  await context.inTx(async (tx) => {
    const { reference, firstName, lastName, email } = wanted
    const billingAddresses = await keepAddresses(context, wanted.billingAddresses)
    const shippingAddresses = await keepAddresses(context, wanted.shippingAddresses)
    const face = { customerId, reference, firstName, lastName, email }
    await insertFaceCustomer(tx, context.accountId, {
      ...face,
      billingAddresses,
      shippingAddresses,
    })
  })
  return customerId
}
