import type { FastifyRequest } from 'fastify'
import { isNumber } from './read/read-method.ts'

/** Of these no more is compared than is kept of them anyway. */
const NUMBERS = new Set([
  'paymentaccountnumber',
  'applicationprimaryaccountnumber',
  'accountnumber',
  'routingnumber',
])
const SECRETS = new Set(['securitycode', 'onlinepaymentcryptogram', 'cavv', 'xid'])

/**
 * What two requests with one idempotency key must share. A hash of it is stored, and a hash of a card number is as good as
 * the number: there are few enough to try them all.
 */
export function idempotentText({ body }: Pick<FastifyRequest, 'body'>): string {
  return JSON.stringify(body ?? null, (name, value: unknown) => {
    const known = name.toLowerCase()
    if (SECRETS.has(known)) return undefined
    const isHidden = NUMBERS.has(known) || (known === 'networktoken' && isNumber(String(value)))
    return isHidden ? String(value).slice(-4) : value
  })
}
