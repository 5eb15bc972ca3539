import type { BillingDeps } from '../../../modules/billing/index.ts'
import { updatePaymentMethod } from '../../../modules/payments/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { makeCustomer, withIds } from '../actions/make-customer.ts'
import { toCustomer } from '../actions/place-methods.ts'
import { vaultMethod } from '../actions/vault-method.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { idOf, numbersOf, toNumber } from '../numbers/numbers.ts'
import { changeExpiry, readMethods } from '../queries.ts'
import { objectAt, readBody, refuseProblems } from '../read/fields.ts'
import { readAddress } from '../read/read-address.ts'
import { expiryAt, readMethod, readName } from '../read/read-method.ts'
import { METHOD_KEYS, toWireMethod } from '../show/show-method.ts'
import { hidden, type Id } from './route-forms.ts'

type MethodId = Awaited<ReturnType<typeof idOf>>

export function addMethodRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post('/api/PaymentMethod', hidden, async ({ context, body }) => {
    const fields = readBody(body)
    const wanted = readMethod(fields)
    refuseProblems(fields)
    // A method belongs to somebody: until a subscription says to whom, to who is named on it.
    const customerId = await makeCustomer(context, toCustomer(wanted))
    const { id } = await vaultMethod(deps, context, { customerId, wanted })
    return show(context, id)
  })

  app.get<Id>('/api/PaymentMethod/:id', hidden, async ({ context, params }) =>
    show(context, await idOf(context, 'method', toNumber(params.id))),
  )

  app.patch<Id>('/api/PaymentMethod/:id', hidden, async ({ context, params, body }) => {
    const fields = readBody(body)
    const address = objectAt(fields, 'billingAddress')
    const card = objectAt(fields, 'creditCard')
    const { firstName, lastName } = readName(fields, false)
    const changed = address === null ? null : readAddress(address)
    const expiry = card === null ? null : expiryAt(card, 'expirationDate', false)
    refuseProblems(fields)
    const id = await idOf(context, 'method', toNumber(params.id))
    const [kept = null] = changed === null ? [] : await withIds(context, [changed])
    const said = [
      [METHOD_KEYS.firstName, firstName],
      [METHOD_KEYS.lastName, lastName],
      [METHOD_KEYS.address, kept],
    ] as const
    const metadata = Object.fromEntries(said.filter(([, value]) => value !== null))
    if (Object.keys(metadata).length > 0) await updatePaymentMethod(context, { id, metadata })
    if (expiry !== null)
      await context.inTx((tx) => changeExpiry(tx, context.accountId, { id, ...expiry }))
    return show(context, id)
  })
}

async function show(context: CommandContext, id: MethodId) {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const [method] = await readMethods(tx, accountId, [id])
    if (method === undefined) throw FaceRefusal.notFound('payment method')
    return toWireMethod(method, await numbersOf(tx, accountId, [{ kind: 'method', id }]))
  })
}
