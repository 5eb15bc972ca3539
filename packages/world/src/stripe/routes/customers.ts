import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { type Thing, thingKey } from '../../vault/state.ts'
import { refuseAsStripe } from '../errors.ts'
import { formOf, textOf } from '../form.ts'
import { type StripeCall, scopeOf, toSeconds } from '../stripe-call.ts'

export function createCustomer(stripe: StripeCall): Answer {
  const { context, call, form } = stripe
  const id = context.makeId('cus')
  const body = {
    email: textOf(form, 'email'),
    name: textOf(form, 'name'),
    description: textOf(form, 'description'),
    metadata: formOf(form, 'metadata'),
  }
  const thing: Thing = { ...scopeOf(stripe), kind: 'customer', id, at: call.at, body }
  record(context, { kind: 'thing_kept', thing })
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
