import type { BulkAction } from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import { startOfDay, type Instant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, readDate } from '../../../platform/http/index.ts'
import type { ActionWish } from './schemas.ts'

/** What each type needs, and nothing else may be given with it. */
const FIELDS_OF: Readonly<Record<ActionWish['type'], readonly Field[]>> = {
  extend_next_renewal: ['days'],
  shorten_next_renewal: ['days'],
  set_next_renewal: ['at'],
  set_subscription_profile: ['subscription_profile_id'],
  set_amount: ['amount_minor'],
  adjust_amount: ['amount_minor', 'rate_bps'],
  add_discount: ['discount_id'],
  remove_discount: ['discount_id'],
  set_forced_gateway: ['gateway_id'],
  clear_forced_gateway: [],
  set_preferred_gateway: ['gateway_id'],
  clear_preferred_gateway: [],
  suspend: [],
  activate: [],
  cancel: ['reason'],
}
type Field = Exclude<keyof ActionWish, 'type'>

/** Throws an `ApiRefusal` that names the field, below `param`. */
export function readAction(context: CommandContext, wish: ActionWish, param: string): BulkAction {
  for (const name of Object.keys(wish)) {
    const isOf = name === 'type' || FIELDS_OF[wish.type].some((field) => field === name)
    if (!isOf) throw ApiRefusal.invalid(`${param}.${name}`, `It does not go with ${wish.type}.`)
  }
  const need = <T>(name: Field, value: T | null | undefined): T => {
    if (value === undefined || value === null)
      throw ApiRefusal.invalid(`${param}.${name}`, `${wish.type} needs it.`)
    return value
  }
  const { type } = wish
  switch (type) {
    case 'extend_next_renewal':
    case 'shorten_next_renewal':
      return { kind: type, days: need('days', wish.days) }
    case 'set_next_renewal':
      return { kind: type, at: readInstant(context, `${param}.at`, need('at', wish.at)) }
    case 'set_subscription_profile': {
      const { subscription_profile_id: id } = wish
      return { kind: type, profileId: need('subscription_profile_id', id) }
    }
    case 'set_amount': {
      const amount = need('amount_minor', wish.amount_minor)
      if (amount < 0) throw ApiRefusal.invalid(`${param}.amount_minor`, 'Give 0 or more.')
      return { kind: type, amountMinor: BigInt(amount) }
    }
    case 'adjust_amount':
      return readAdjustment(wish, param)
    case 'add_discount':
    case 'remove_discount':
      return { kind: type, discountId: need('discount_id', wish.discount_id) }
    case 'set_forced_gateway':
    case 'set_preferred_gateway':
      return { kind: type, gatewayId: need('gateway_id', wish.gateway_id) }
    case 'clear_forced_gateway':
      return { kind: 'set_forced_gateway', gatewayId: null }
    case 'clear_preferred_gateway':
      return { kind: 'set_preferred_gateway', gatewayId: null }
    case 'suspend':
    case 'activate':
      return { kind: type }
    case 'cancel':
      return { kind: type, reason: wish.reason ?? null }
    default:
      return assertNever(type)
  }
}

function readAdjustment(
  { amount_minor: byMinor, rate_bps: byBps }: ActionWish,
  param: string,
): BulkAction {
  if (byMinor !== undefined && byBps === undefined)
    return { kind: 'adjust_amount', byMinor: BigInt(byMinor) }
  if (byBps !== undefined && byMinor === undefined) return { kind: 'scale_amount', byBps }
  throw ApiRefusal.invalid(
    `${param}.amount_minor`,
    'Give exactly one of amount_minor and rate_bps.',
  )
}

function readInstant({ account }: CommandContext, param: string, text: string): Instant {
  const date = readDate(param, text)
  return typeof date === 'number' ? date : startOfDay(date, account.timezone)
}
