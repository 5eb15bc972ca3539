import { record } from '../http/context.ts'
import { type Thing, thingKey } from '../vault/state.ts'
import { type StripeCall, scopeOf } from './stripe-call.ts'

/** The id of what this call has made before, under its idempotency key; null for a new key, or without one. */
export function findKeyed(stripe: StripeCall): string | null {
  const id = keyOf(stripe)
  if (id === null) return null
  const found = stripe.context.state.things.get(thingKey({ ...scopeOf(stripe), kind: 'keyed', id }))
  const made = found?.body['made']
  return typeof made === 'string' ? made : null
}

/** Remembers what a call has made, if it has an idempotency key. */
export function keepKeyed(stripe: StripeCall, made: string): void {
  const id = keyOf(stripe)
  if (id === null) return
  const thing: Thing = { ...scopeOf(stripe), kind: 'keyed', id, at: stripe.call.at, body: { made } }
  record(stripe.context, { kind: 'thing_kept', thing })
}

function keyOf({ call }: StripeCall): string | null {
  const { idempotencyKey, segments } = call
  return idempotencyKey === null ? null : `${segments.at(-1)}\n${idempotencyKey}`
}
