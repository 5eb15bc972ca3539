import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { type Thing, thingKey } from '../../vault/state.ts'
import { refuseAsStripe } from '../errors.ts'
import { formOf, textOf } from '../form.ts'
import { findKeyed, keepKeyed } from '../made-once.ts'
import { type StripeCall, scopeOf, toSeconds } from '../stripe-call.ts'
import { attachKnown } from './payment-methods.ts'

/** With `payment_method` it holds that from the beginning; one that cannot be attached makes no customer. */
export function createCustomer(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const known = findKeyed(stripe)
  if (known !== null) return showCustomer(stripe, known)
  const token = textOf(form, 'payment_method')
  const id = context.makeId('cus')
  const body = {
    email: textOf(form, 'email'),
    name: textOf(form, 'name'),
    description: textOf(form, 'description'),
    metadata: formOf(form, 'metadata'),
  }
  const unattached = token === null ? null : attachKnown(stripe, { token, customer: id })
  if (unattached !== null) return unattached
  const thing: Thing = { ...scopeOf(stripe), kind: 'customer', id, at: call.at, body }
  record(context, { kind: 'thing_kept', thing })
  keepKeyed(stripe, id)
  return answerWith(toCustomer(thing))
}

export function showCustomer(stripe: StripeCall, id: string): Answer {
  const key = thingKey({ ...scopeOf(stripe), kind: 'customer', id })
  const thing = stripe.context.state.things.get(key)
  if (thing !== undefined) return answerWith(toCustomer(thing))
  return refuseAsStripe('token_not_found', { message: `No such customer: '${id}'`, param: 'id' })
}

function toCustomer({ id, at, body }: Thing) {
  return { id, object: 'customer', created: toSeconds(at), livemode: false, ...body }
}
