import { type Answer, answerWith } from '../http/answer.ts'
import { refuseAsStripe } from './errors.ts'
import { type Form, formOf, textOf } from './form.ts'

interface Row {
  readonly id: string
  /** In seconds. */
  readonly created: number
}

const LIMIT_DEFAULT = 10
const LIMIT_MAX = 100

/**
 * A page of Stripe's: newest first, after `starting_after` or before `ending_before`, within `created`. `rows` are all
 * there are, newest first. https://docs.stripe.com/api/pagination
 */
export function answerPage<T extends Row>(
  rows: readonly T[],
  request: { readonly form: Form; readonly url: string; readonly show?: (row: T) => object },
): Answer {
  const { form, url, show = (row: T) => row } = request
  const limitText = textOf(form, 'limit') ?? String(LIMIT_DEFAULT)
  const limit = Number(limitText)
  if (!/^\d{1,3}$/.test(limitText) || limit < 1 || limit > LIMIT_MAX) {
    return refuseAsStripe('query_invalid', { param: 'limit' })
  }
  const after = textOf(form, 'starting_after')
  const before = textOf(form, 'ending_before')
  const anchorId = after ?? before
  const place = anchorId === null ? -1 : rows.findIndex(({ id }) => id === anchorId)
  if (anchorId !== null && place < 0) {
    return refuseAsStripe('charge_not_found', { message: `No such object: '${anchorId}'` })
  }
  const beside = before === null ? rows.slice(place + 1) : rows.slice(0, place)
  const rest = beside.filter((row) => isWithin(form, row.created))
  const page = before === null ? rest.slice(0, limit) : rest.slice(-limit)
  const has_more = rest.length > page.length
  return answerWith({ object: 'list', url, has_more, data: page.map(show) })
}

function isWithin(form: Form, created: number): boolean {
  const exact = textOf(form, 'created')
  if (exact !== null) return created === Number(exact)
  const bounds = formOf(form, 'created')
  const bound = (name: string, otherwise: number) => Number(textOf(bounds, name) ?? otherwise)
  return (
    created >= bound('gte', -Infinity) &&
    created > bound('gt', -Infinity) &&
    created <= bound('lte', Infinity) &&
    created < bound('lt', Infinity)
  )
}
