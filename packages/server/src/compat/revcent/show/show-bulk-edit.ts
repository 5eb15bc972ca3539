import { assert } from '@perennial/core/fault'
import { decodeId } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import type { Json } from '../calls/operation.ts'
import type { V2Answer } from '../calls/v2.ts'
import { toMajor } from '../wire/amounts.ts'
import { ID_KINDS, onlyCurrency, SEGMENTS } from '../wire/bulk-schemas.ts'
import { toCode } from '../wire/codes.ts'
import { codeOfOurId } from '../wire/our-ids.ts'
import { STATUSES_OF } from './show-subscription.ts'

/** What is told of a run, and of each of its segments. */
export function showBulkEdit(answer: V2Answer) {
  const at = (name: string) => answer.at(`data.${name}`)
  const by = SEGMENTS.find((kind) => kind === at('segment_by')) ?? 'none'
  const places = placesOf(at('segments'))
  const currency = onlyCurrency(at('filters.currencies'))
  const segments = places.map((index) => {
    const own = (name: string) => at(`segments.${index}.${name}`)
    return {
      value: toValue(by, own('value'), currency),
      counts: toCounts(own('counts')),
      warnings: toWarnings(own('warnings')),
    }
  })
  return {
    id: toCode(answer.idAt('subscription_edit', 'data.id')),
    status: at('status') === 'draft' ? 'preview' : at('status'),
    segment_by: by,
    segments: by === 'status' ? joinAlike(segments) : segments,
    counts: at('counts'),
    progress_percent: at('progress_percent'),
  }
}

type Counts = Readonly<Record<string, number>>
type Warning = Json & { readonly code: unknown; readonly count: number }
type Segment = {
  readonly value: unknown
  readonly counts: Counts
  readonly warnings: readonly Warning[]
}

/** Segments of one status are one: this face has one word for two of ours. */
function joinAlike(segments: readonly Segment[]): readonly Segment[] {
  const joined = new Map<unknown, Segment>()
  for (const one of segments) {
    const before = joined.get(one.value)
    joined.set(one.value, before === undefined ? one : join(before, one))
  }
  return [...joined.values()]
}

function join(one: Segment, other: Segment): Segment {
  const counts = Object.entries(one.counts).map(
    ([name, count]) => [name, count + (other.counts[name] ?? 0)] as const,
  )
  const warnings = new Map(one.warnings.map((warning) => [warning.code, warning]))
  for (const warning of other.warnings) {
    const count = warning.count + (warnings.get(warning.code)?.count ?? 0)
    warnings.set(warning.code, { ...warning, count })
  }
  return { value: one.value, counts: Object.fromEntries(counts), warnings: [...warnings.values()] }
}

function toCounts(value: unknown): Counts {
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, count]) => [name, Number(count)]),
  )
}

function toWarnings(value: unknown): readonly Warning[] {
  return (Array.isArray(value) ? value : []).map((warning: unknown) => {
    const { code, count, ...rest } = Object(warning)
    return { ...rest, code, count: Number(count) }
  })
}

/** Rows of a run, each with what it was and what it becomes. */
export function showBulkRows(answer: V2Answer): Json {
  const rows = placesOf(answer.at('data')).map((index) => {
    const own = (name: string) => answer.at(`data.${index}.${name}`)
    const currency = parseCurrency(answer.text(`data.${index}.currency`))
    assert(currency !== null, 'a row names its currency')
    const subscription = toCode(answer.idAt('subscription', `data.${index}.subscription_id`))
    return {
      subscription_id: subscription,
      iso_currency: currency,
      result: own('result'),
      reason: own('reason.code') ?? null,
      before: toStanding((name) => own(`before.${name}`), currency),
      after: own('after') === null ? null : toStanding((name) => own(`after.${name}`), currency),
      warnings: own('warnings'),
    }
  })
  return { results: rows, has_more: answer.at('has_more') }
}

function toStanding(at: (name: string) => unknown, currency: Currency): Json {
  return {
    status: toStatus(at('status')),
    amount: toMajor(BigInt(Number(at('amount_minor'))), currency),
    next_renewal_date: at('next_renewal_at'),
    trial_end_date: at('trial_end'),
    subscription_profile: codeOfOurId(at('subscription_profile_id')),
    coupon: codesOf(at('discount_ids')),
    forced_gateway: codeOfOurId(at('forced_gateway_id')),
    preferred_gateway: codeOfOurId(at('preferred_gateway_id')),
  }
}

function codesOf(ids: unknown): readonly (string | null)[] {
  return Array.isArray(ids) ? ids.map(codeOfOurId) : []
}

function toStatus(ours: unknown): unknown {
  const found = Object.entries(STATUSES_OF).find(([, all]) => all.some((status) => status === ours))
  return found?.[0] ?? ours
}

function toValue(
  by: (typeof SEGMENTS)[number],
  value: unknown,
  currency: Currency | null,
): unknown {
  if (by === 'status') return toStatus(value)
  // Told apart by amounts of several currencies, in /v2: a number alone says nothing here.
  if (by === 'amount' && typeof value === 'number') return currency === null ? null : toMajor(BigInt(value), currency) // prettier-ignore
  const kind = ID_KINDS[by]
  if (kind === undefined || typeof value !== 'string') return value
  const decoded = decodeId(kind, value)
  return decoded.kind === 'ok' ? toCode(decoded.id) : value
}

function placesOf(list: unknown): readonly number[] {
  return Array.isArray(list) ? list.map((_, index) => index) : []
}
