import { encodeId } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import { parseInstant, toUnixSeconds } from '@perennial/core/time'
import { operation, type Json, type Operation } from '../../calls/operation.ts'
import type { V2Answer } from '../../calls/v2.ts'
import { toMajor } from '../../wire/amounts.ts'
import { toCode } from '../../wire/codes.ts'
import { code, nothing, pathId, strict, whole } from '../../wire/fields.ts'

const params = strict({ trial_id: code('Id of the trial.') })
const DAYS_MAX = 3_650
const DaysBody = strict({ days: whole('Counted from the end that is set.', 1, DAYS_MAX) })

/** A trial goes by the id of its subscription. */
const pathOf = (value: string) => `/trials/${encodeId('subscription', pathId(value, 'trial'))}`

function show(answer: V2Answer): Json {
  const at = (name: string) => answer.at(`data.${name}`)
  const currency = parseCurrency(answer.text('data.currency'))
  const major = (name: string) =>
    currency === null ? null : toMajor(BigInt(Number(at(name))), currency)
  const codeAt = (kind: 'sale' | 'product' | 'customer' | 'subscription', name: string) =>
    at(name) === null ? null : toCode(answer.idAt(kind, `data.${name}`))
  const started = parseInstant(answer.text('data.started_at'))
  return {
    id: codeAt('subscription', 'id'),
    created_date_unix: started === null ? null : toUnixSeconds(started),
    status: at('status'),
    subscription: codeAt('subscription', 'subscription_id'),
    customer: codeAt('customer', 'customer_id'),
    product: codeAt('product', 'product_id'),
    sale: codeAt('sale', 'sale_id'),
    campaign: at('campaign'),
    iso_currency: at('currency'),
    amount: major('amount_minor'),
    start_date: at('started_at'),
    end_date: at('ends_at'),
    expired_date: at('expired_at'),
    days_total: at('days_total'),
    days_remaining: at('days_remaining'),
  }
}

const days = [
  ['ExtendTrial', 'extend', 'extended', 'Extend a trial, and its subscription with it'],
  ['ShortenTrial', 'shorten', 'shortened', 'Shorten a trial, and its subscription with it'],
] as const
const ends = [
  ['ExpireTrial', 'expire', 'expired', 'End a trial now, and charge for it'],
  ['CancelTrial', 'cancel', 'cancelled', 'Cancel a trial and its subscription'],
] as const

export const trialOperations: readonly Operation[] = [
  operation({
    name: 'GetTrial',
    summary: 'Show a trial',
    method: 'GET',
    path: '/trials/:trial_id',
    pair: { type: 'trial', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ v2 }, { params: { trial_id: value } }) => {
      const object = show(await v2.get(pathOf(value)))
      return { kind: 'object', idName: 'trial_id', object }
    },
  }),
  ...days.map(([name, verb, done, summary]) =>
    operation({
      name,
      summary,
      method: 'POST',
      path: `/trials/:trial_id/${verb}`,
      pair: { type: 'trial', method: verb },
      scope: 'subscriptions:write',
      schemas: { params, query: nothing, body: DaysBody },
      handle: async ({ v2 }, { params: { trial_id: value }, body }) => {
        await v2.send('POST', `${pathOf(value)}/${verb}`, { days: body.days })
        return { kind: 'action', fields: { trial_id: value }, result: `Trial ${done}.` }
      },
    }),
  ),
  ...ends.map(([name, verb, done, summary]) =>
    operation({
      name,
      summary,
      method: 'POST',
      path: `/trials/:trial_id/${verb}`,
      pair: { type: 'trial', method: verb },
      scope: 'subscriptions:write',
      schemas: { params, query: nothing, body: nothing },
      handle: async ({ v2 }, { params: { trial_id: value } }) => {
        await v2.send('POST', `${pathOf(value)}/${verb}`)
        return { kind: 'action', fields: { trial_id: value }, result: `Trial ${done}.` }
      },
    }),
  ),
]
