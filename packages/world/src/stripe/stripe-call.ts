import { type Answer, answerWith } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import type { Context } from '../http/context.ts'
import type { Scope } from '../vault/state.ts'
import { refuseAsStripe } from './errors.ts'
import { type Form, listOf, textOf } from './form.ts'

export interface StripeCall {
  readonly context: Context
  readonly call: Call
  readonly gatewayId: string
  readonly form: Form
}

/** `id` is what the path names; empty where it names nothing. */
export type Route = (stripe: StripeCall, id: string) => Answer

export function scopeOf({ call, gatewayId }: StripeCall): Scope {
  return { account: call.account, gatewayId }
}

/** Null where the field is absent. */
export function readAmount(form: Form, name: string): number | null | 'invalid' {
  const text = textOf(form, name)
  if (text === null) return null
  const amount = Number(text)
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(amount) && amount > 0 ? amount : 'invalid'
}

export function refuseParam(param: string): Answer {
  return refuseAsStripe('body_invalid', { message: `Missing or invalid: ${param}.`, param })
}

export function wantsExpanded({ form }: Pick<StripeCall, 'form'>, field: string): boolean {
  return listOf(form, 'expand').some((path) => path === field || path.startsWith(`${field}.`))
}

export function toSeconds(at: number): number {
  return Math.floor(at / 1000)
}

export function deleted(object: string, id: string): Answer {
  return answerWith({ id, object, deleted: true })
}
