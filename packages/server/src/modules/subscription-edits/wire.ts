import { assertNever } from '@perennial/core/fault'
import type { BulkAction } from '@perennial/core/billing'
import { encodeId, type IdKind, isUuid, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject, JsonValue } from '../../platform/wire/index.ts'
import type { EditRecord, EditSegment, SegmentKind, ShownRow } from './edit.ts'
import { ROW_REASONS, ROW_WARNINGS, SEVERAL_CURRENCIES } from './errors.ts'
import type { WireStanding } from './standing-wire.ts'

/** Share of what was found that has been reviewed, and once it is confirmed of that which has been done, in whole percent. */
function progressOf({ status, counts, segments, matching }: EditRecord): number {
  if (status === 'done') return 100
  if (status === 'previewing')
    return Math.min(99, Math.floor((counts.loaded * 100) / Math.max(matching ?? 0, 1)))
  const skippedBefore = segments.reduce((sum, segment) => sum + segment.skipped, 0)
  const done = counts.changed + counts.failed + counts.skipped - skippedBefore
  return done === 0 ? 0 : Math.floor((done * 100) / (done + counts.planned))
}

export function toWireEdit(edit: EditRecord, undoneById: Uuid | null) {
  const { undoesId, counts } = edit
  return {
    id: encodeId('subscription_edit', edit.id),
    object: 'subscription_edit' as const,
    status: edit.status,
    undoes_id: undoesId === null ? null : encodeId('subscription_edit', undoesId),
    undone_by_id: undoneById === null ? null : encodeId('subscription_edit', undoneById),
    filters: edit.filters,
    segment_by: edit.segmentBy,
    segments: edit.segments.map((segment) => toWireSegment(edit, segment)),
    limit: edit.limit,
    matching: edit.matching,
    review_token: edit.status === 'previewing' ? null : edit.reviewDigest,
    totals: edit.totals.map((total) => ({
      currency: total.currency,
      subscriptions: total.subscriptions,
      amount_before_minor: toWireMinor(total.amountBeforeMinor),
      amount_after_minor: toWireMinor(total.amountAfterMinor),
    })),
    counts: { ...counts },
    progress_percent: progressOf(edit),
    created_at: formatInstant(edit.createdAt),
    expires_at: formatInstant(edit.expiresAt),
    confirmed_at: formatInstantOrNull(edit.confirmedAt),
    finished_at: formatInstantOrNull(edit.finishedAt),
    updated_at: formatInstant(edit.updatedAt),
  }
}

/** Whether one amount is asked for of subscriptions in several currencies, as far as the review tells. */
function mixesCurrencies({ segmentBy, totals }: EditRecord, { actions }: EditSegment): boolean {
  const isByAmount = actions.some(({ kind }) => kind === 'set_amount' || kind === 'adjust_amount')
  return isByAmount && segmentBy !== 'currency' && totals.length > 1
}

function toWireSegment(edit: EditRecord, segment: EditSegment) {
  const { value, actions, loaded, planned, unchanged, skipped, warnings } = segment
  return {
    value: toWireValue(edit.segmentBy, value),
    actions: actions.map(toWireAction),
    counts: { loaded, planned, unchanged, skipped },
    warnings: [
      ...Object.entries(warnings).map(([code, count]) => ({
        code,
        message: ROW_WARNINGS[code] ?? code,
        count: count ?? 0,
      })),
      ...(mixesCurrencies(edit, segment) ? [{ ...SEVERAL_CURRENCIES, count: planned }] : []),
    ],
  }
}

const ID_KIND_OF: Readonly<Partial<Record<SegmentKind, IdKind>>> = {
  subscription_profile: 'subscription_profile',
  product: 'product',
  payment_profile: 'payment_profile',
  forced_gateway: 'gateway',
  preferred_gateway: 'gateway',
  last_success_gateway: 'gateway',
}

/** The id kind of the values of such segments; null where they are none. */
export function idKindOf(kind: SegmentKind): IdKind | null {
  return ID_KIND_OF[kind] ?? null
}

function toWireValue(kind: SegmentKind, value: string | null): JsonValue {
  if (value === null) return null
  if (kind === 'trial') return value === 'true'
  if (kind === 'amount' || kind === 'renewal_count') return Number(value)
  const idKind = idKindOf(kind)
  return idKind !== null && isUuid(value) ? encodeId(idKind, value) : value
}

/** An action as the API takes it. */
export function toWireAction(action: BulkAction): JsonObject {
  switch (action.kind) {
    case 'extend_next_renewal':
    case 'shorten_next_renewal':
      return { type: action.kind, days: action.days }
    case 'set_next_renewal':
    case 'restore_next_renewal':
      return { type: 'set_next_renewal', at: formatInstant(action.at) }
    case 'set_subscription_profile':
      return {
        type: action.kind,
        subscription_profile_id: encodeId('subscription_profile', action.profileId),
      }
    case 'set_amount':
      return { type: action.kind, amount_minor: toWireMinor(action.amountMinor) }
    case 'adjust_amount':
      return { type: action.kind, amount_minor: toWireMinor(action.byMinor) }
    case 'scale_amount':
      return { type: 'adjust_amount', rate_bps: action.byBps }
    case 'add_discount':
    case 'remove_discount':
      return { type: action.kind, discount_id: encodeId('discount', action.discountId) }
    case 'set_discounts':
      return {
        type: action.kind,
        discount_ids: action.discountIds.map((id) => encodeId('discount', id)),
      }
    case 'set_forced_gateway':
      return gatewayAction('forced_gateway', action.gatewayId)
    case 'set_preferred_gateway':
      return gatewayAction('preferred_gateway', action.gatewayId)
    case 'cancel':
      return { type: action.kind, reason: action.reason }
    case 'suspend':
    case 'activate':
      return { type: action.kind }
    default:
      return assertNever(action)
  }
}

function gatewayAction(what: 'forced_gateway' | 'preferred_gateway', id: Uuid | null): JsonObject {
  return id === null
    ? { type: `clear_${what}` }
    : { type: `set_${what}`, gateway_id: encodeId('gateway', id) }
}

const FIELDS = [
  'status',
  'amount_minor',
  'next_renewal_at',
  'trial_end',
  'subscription_profile_id',
  'discount_ids',
  'forced_gateway_id',
  'preferred_gateway_id',
] as const satisfies readonly (keyof WireStanding)[]

export function toWireRow(row: ShownRow, segments: readonly EditSegment[], kind: SegmentKind) {
  const { before, after, reason, undo, result } = row
  const changed =
    after === null ? [] : FIELDS.filter((name) => String(after[name]) !== String(before[name]))
  const isChange = result === 'planned' || result === 'changed'
  return {
    object: 'subscription_edit_row' as const,
    position: row.position + 1,
    subscription_id: encodeId('subscription', row.subscriptionId),
    currency: row.currency,
    segment: toWireValue(kind, segments[row.segment]?.value ?? null),
    result,
    reason: reason === null ? null : { code: reason, message: ROW_REASONS[reason] ?? reason },
    before,
    after,
    changed,
    warnings: row.warnings.map((code) => ({ code, message: ROW_WARNINGS[code] ?? code })),
    can_be_undone: isChange && undo !== null,
  }
}
