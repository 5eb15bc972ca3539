import type { Currency } from '@perennial/core/money'
import Type, { type Static } from 'typebox'
import type { V2Answer } from '../calls/v2.ts'
import { toMajor, toMinor } from '../wire/amounts.ts'
import { toCode } from '../wire/codes.ts'
import { amount, strict } from '../wire/fields.ts'

export const RefundBody = strict({
  amount: Type.Optional(amount('Default: all that is left.')),
})

/** How much `/v2` is asked to give back. The processor is asked 72 hours after the payment (spec/revcent.md 10). */
export function wishOf(body: Static<typeof RefundBody>, currency: Currency) {
  const { amount: major } = body
  const part = major === undefined ? {} : { amount_minor: Number(toMinor(major, currency, 'amount')) } // prettier-ignore
  return { mode: 'delayed', ...part }
}

/** What one call has given back, in as many refunds as payments were needed for it. */
export function showRefunds(answer: V2Answer, currency: Currency) {
  const listed = answer.at('refunds')
  const places = Array.isArray(listed) ? listed.map((_, index) => `refunds.${index}`) : []
  const minor = places.reduce((sum, at) => sum + BigInt(Number(answer.at(`${at}.amount_minor`))), 0n) // prettier-ignore
  return {
    amount: toMajor(minor, currency),
    pending_refund: places.map((at) => toCode(answer.idAt('refund', `${at}.public_id`))),
  }
}
