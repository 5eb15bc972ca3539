import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import {
  addDaysToDate,
  addMs,
  parseInstant,
  parsePlainDate,
  startOfDay,
} from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal } from '../../../platform/http/index.ts'
import {
  given,
  toFilterDate,
  toFilterInstant,
  type JsonObject,
} from '../../../platform/wire/index.ts'
import type { EditFilters, Range, Span } from './edit-request.ts'
import type { Filters } from './schemas.ts'

/** Throws an `ApiRefusal` that names the filter. */
export function readFilters(context: CommandContext, body: Filters): EditFilters {
  return {
    ...given('nextRenewal', spanOf(context, body, 'next_renewal')),
    ...given('created', spanOf(context, body, 'created')),
    ...given('lastRenewal', spanOf(context, body, 'last_renewal')),
    ...given('statuses', body.statuses),
    ...given('isInTrial', body.in_trial),
    ...given('productIds', body.product_ids),
    ...given('profileIds', body.subscription_profile_ids),
    ...given('paymentProfileIds', body.payment_profile_ids),
    ...given('campaigns', body.campaigns),
    ...given('shops', body.shops),
    ...given('productGroups', body.product_groups),
    ...given('customerGroups', body.customer_groups),
    ...given('currencies', body.currencies),
    ...given('paymentMethodTypes', body.payment_method_types),
    ...given(
      'amountMinor',
      rangeOf(body.amount_min_minor, body.amount_max_minor, 'amount_max_minor'),
    ),
    ...given(
      'renewalCount',
      rangeOf(body.renewal_count_min, body.renewal_count_max, 'renewal_count_max'),
    ),
    ...given(
      'overdueCount',
      rangeOf(body.overdue_count_min, body.overdue_count_max, 'overdue_count_max'),
    ),
    ...given('forcedGatewayIds', body.forced_gateway_ids),
    ...given('preferredGatewayIds', body.preferred_gateway_ids),
    ...given('lastSuccessGatewayIds', body.last_success_gateway_ids),
    ...given('customerIds', body.customer_ids),
    ...given('subscriptionIds', body.subscription_ids),
    ...given(
      'metadata',
      body.metadata?.map(({ name, value }) => ({ name, value: value ?? null })),
    ),
  }
}

const ID_KINDS = {
  product_ids: 'product',
  subscription_profile_ids: 'subscription_profile',
  payment_profile_ids: 'payment_profile',
  forced_gateway_ids: 'gateway',
  preferred_gateway_ids: 'gateway',
  last_success_gateway_ids: 'gateway',
  customer_ids: 'customer',
  subscription_ids: 'subscription',
} as const satisfies Partial<Record<keyof Filters, IdKind>>
const ID_FILTERS = Object.keys(ID_KINDS) as readonly (keyof typeof ID_KINDS)[] // it names all of them

/** The filters as they were asked for. */
export function showFilters(body: Filters): JsonObject {
  const { amount_min_minor: min, amount_max_minor: max, ...rest } = body
  const ids = ID_FILTERS.flatMap((name) => {
    const list: readonly (Uuid | null)[] | undefined = body[name]
    if (list === undefined) return []
    return [[name, list.map((id) => (id === null ? null : encodeId(ID_KINDS[name], id)))] as const]
  })
  return {
    ...(rest as JsonObject),
    ...given('amount_min_minor', min === undefined ? undefined : toWireMinor(min)),
    ...given('amount_max_minor', max === undefined ? undefined : toWireMinor(max)),
    ...Object.fromEntries(ids),
  }
}

function spanOf(
  context: CommandContext,
  body: Filters,
  name: 'next_renewal' | 'created' | 'last_renewal',
): Span | undefined {
  const [from, to] = [body[`${name}_from`], body[`${name}_to`]]
  if (from === undefined && to === undefined) return undefined
  const span = {
    from: from === undefined ? null : readBound(context, from, `${name}_from`).start,
    before: to === undefined ? null : readBound(context, to, `${name}_to`).end,
  }
  if (span.from !== null && span.before !== null && span.before <= span.from)
    throw ApiRefusal.invalid(`filters.${name}_to`, `It lies before ${name}_from.`)
  return span
}

/** A day begins and ends; an instant is itself, and ends a millisecond later. */
function readBound({ account }: CommandContext, text: string, name: string) {
  const named = parsePlainDate(text)
  if (named !== null) {
    const date = toFilterDate(named)
    const { timezone } = account
    return {
      start: startOfDay(date, timezone),
      end: startOfDay(addDaysToDate(date, 1), timezone),
    }
  }
  const instant = parseInstant(text)
  if (instant === null)
    throw ApiRefusal.invalid(`filters.${name}`, 'Give a date (YYYY-MM-DD) or an ISO 8601 instant.')
  const at = toFilterInstant(instant)
  return { start: at, end: addMs(at, 1) }
}

function rangeOf<T extends bigint | number>(
  min: T | undefined,
  max: T | undefined,
  name: string,
): Range<T> | undefined {
  if (min === undefined && max === undefined) return undefined
  if (min !== undefined && max !== undefined && max < min)
    throw ApiRefusal.invalid(`filters.${name}`, 'It is less than the minimum.')
  return { min: min ?? null, max: max ?? null }
}
