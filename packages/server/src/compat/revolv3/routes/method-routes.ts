import type { BillingDeps } from '../../../modules/billing/index.ts'
import { lockCustomer } from '../../../modules/customers/index.ts'
import { updatePaymentMethod } from '../../../modules/payments/index.ts'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { keepAddress } from '../actions/keep-addresses.ts'
import { makeCustomer } from '../actions/make-customer.ts'
import { toCustomer } from '../actions/place-methods.ts'
import { keepMethod, readyMethod } from '../actions/vault-method.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { idOf, numbersOf, toNumber } from '../numbers/numbers.ts'
import { readMethods } from '../queries/objects.ts'
import { objectAt, problem, readBody, refuseProblems, type Fields } from '../read/fields.ts'
import { readAddress, type FaceAddress } from '../read/read-address.ts'
import { expiryAt, readMethod, readName } from '../read/read-method.ts'
import { keptExpiry, METHOD_KEYS, toWireMethod } from '../show/show-method.ts'
import { hidden, type Id } from './route-forms.ts'

type MethodId = Awaited<ReturnType<typeof idOf>>

export function addMethodRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post('/api/PaymentMethod', hidden, async ({ context, body }) => {
    const fields = readBody(body)
    const wanted = readMethod(fields)
    refuseProblems(fields)
    // A method belongs to somebody: until a subscription says to whom, to who is named on it.
    const ready = await readyMethod(deps, context, wanted)
    const id = await asOne(context, async (whole) => {
      const customerId = await makeCustomer(whole, toCustomer(wanted))
      return keepMethod(whole, { customerId, ready, isLoose: true })
    })
    return show(context, id)
  })

  app.get<Id>('/api/PaymentMethod/:id', hidden, async ({ context, params }) =>
    show(context, await idOf(context, 'method', toNumber(params.id))),
  )

  app.patch<Id>('/api/PaymentMethod/:id', hidden, async ({ context, params, body }) => {
    const fields = readBody(body)
    const address = objectAt(fields, 'billingAddress')
    const card = objectAt(fields, 'creditCard')
    for (const [within, name] of numbersIn(fields, card))
      problem(within, name, 'cannot be changed: vault the new one with POST /api/PaymentMethod')
    const { firstName, lastName } = readName(fields, false)
    const changed = address === null ? null : readAddress(address)
    const expiry = card === null ? null : expiryAt(card, 'expirationDate', false)
    refuseProblems(fields)
    const id = await idOf(context, 'method', toNumber(params.id))
    await changeMethod(context, id, { firstName, lastName, address: changed, expiry })
    return show(context, id)
  })
}

/** What is null stays as it is. */
async function changeMethod(
  context: CommandContext,
  id: MethodId,
  change: ReturnType<typeof readName> & {
    readonly address: FaceAddress | null
    readonly expiry: ReturnType<typeof expiryAt>
  },
): Promise<void> {
  const { accountId } = context
  const { firstName, lastName, expiry } = change
  await asOne(context, async (whole) => {
    const current = await whole.inTx(async (tx) => {
      const [found] = await readMethods(tx, accountId, [id])
      // Before a number is given out, as everywhere.
      if (found !== undefined) await lockCustomer(tx, { accountId, id: found.customerId })
      return found
    })
    if (current === undefined) throw FaceRefusal.notFound('payment method')
    const said = [
      [METHOD_KEYS.expiry, expiry === null ? null : keptExpiry(current, expiry)],
      [METHOD_KEYS.firstName, firstName],
      [METHOD_KEYS.lastName, lastName],
      [METHOD_KEYS.address, await keepAddress(whole, change.address)],
    ] as const
    const metadata = Object.fromEntries(said.filter(([, value]) => value !== null))
    if (Object.keys(metadata).length === 0) return
    const decision = await updatePaymentMethod(whole, { id, metadata })
    if (decision.kind === 'accepted') return
    if (decision.code === 'method_not_found') throw FaceRefusal.notFound('payment method')
    throw FaceRefusal.invalid([`The payment method has no room for this: ${decision.code}.`])
  })
}

/** What names another card or account than the method is. */
function numbersIn(fields: Fields, card: Fields | null): readonly (readonly [Fields, string])[] {
  const inCard = card === null ? [] : (['paymentAccountNumber', 'networkToken'] as const)
  const all = [
    ...inCard.map((name) => [card ?? fields, name] as const),
    ...(['ach', 'googlePay', 'applePay'] as const).map((name) => [fields, name] as const),
  ]
  return all.filter(([within, name]) => within.get(name) !== null)
}

async function show(context: CommandContext, id: MethodId) {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const [method] = await readMethods(tx, accountId, [id])
    if (method === undefined) throw FaceRefusal.notFound('payment method')
    return toWireMethod(method, await numbersOf(tx, accountId, [{ kind: 'method', id }]))
  })
}
