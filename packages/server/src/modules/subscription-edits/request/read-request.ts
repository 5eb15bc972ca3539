import { SUBJECT_OF, type BulkAction, type BulkSubject } from '@perennial/core/billing'
import { decodeId } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal } from '../../../platform/http/index.ts'
import type { JsonValue } from '../../../platform/wire/index.ts'
import { EDITABLE_STATUSES, type SegmentKind } from '../edit.ts'
import { idKindOf } from '../wire.ts'
import type { EditRequest, RequestedSegment } from './edit-request.ts'
import { readAction } from './read-action.ts'
import { readFilters, showFilters } from './read-filters.ts'
import type { ActionWish, Preview } from './schemas.ts'

/** What was asked for, as core values. Throws an `ApiRefusal` that names the field. */
export function readRequest(context: CommandContext, body: Preview): EditRequest {
  const { segment_by: segmentBy = 'none', filters = {} } = body
  return {
    filters: readFilters(context, filters),
    filtersShown: showFilters(filters),
    segmentBy,
    segments: readSegments(context, body, segmentBy),
    matchingMax: body.matching_max ?? null,
    limit: body.limit ?? null,
  }
}

function readSegments(
  context: CommandContext,
  { segments, actions }: Preview,
  kind: SegmentKind,
): RequestedSegment[] {
  if (segments !== undefined && actions !== undefined)
    throw ApiRefusal.invalid('actions', 'Give it or segments, not both.')
  if (actions !== undefined) {
    if (kind !== 'none')
      throw ApiRefusal.invalid('actions', 'With segment_by, give actions in segments.')
    return [{ value: null, actions: readActions(context, actions, 'actions'), param: 'actions' }]
  }
  const seen = new Set<string | null>()
  return (segments ?? []).map((segment, index) => {
    const value = readValue(kind, segment.value, `segments[${index}].value`)
    if (seen.has(value))
      throw ApiRefusal.invalid(`segments[${index}].value`, 'This segment is given twice.')
    seen.add(value)
    const param = `segments[${index}].actions`
    return { value, actions: readActions(context, segment.actions, param), param }
  })
}

function readActions(
  context: CommandContext,
  wishes: readonly ActionWish[],
  param: string,
): BulkAction[] {
  const subjects = new Set<string>()
  return wishes.map((wish, index) => {
    const action = readAction(context, wish, `${param}[${index}]`)
    const about = SUBJECT_OF[action.kind]
    const subject = 'discountId' in action ? `${about} ${action.discountId}` : about
    if (subjects.has(subject))
      throw ApiRefusal.invalid(
        `${param}[${index}].type`,
        `A segment has one action about the ${NAME_OF[about]} at most.`,
      )
    subjects.add(subject)
    return action
  })
}

const NAME_OF: Readonly<Record<BulkSubject, string>> = {
  profile: 'subscription profile',
  amount: 'amount',
  discount: 'discount of this id',
  forced_gateway: 'forced gateway',
  preferred_gateway: 'preferred gateway',
  date: 'next renewal',
  status: 'status',
}

/** As the database tells it. */
function readValue(kind: SegmentKind, value: JsonValue | undefined, param: string): string | null {
  if (kind === 'none') {
    if (value === undefined || value === null) return null
    throw ApiRefusal.invalid(param, 'Without segment_by there is one segment, which has no value.')
  }
  if (value === undefined) throw ApiRefusal.invalid(param, 'Tell which segment this is.')
  if (value === null && HAS_NONE.has(kind)) return null
  const text = textOf(kind, value)
  if (text === null) throw ApiRefusal.invalid(param, `No such ${kind.replaceAll('_', ' ')}.`)
  return text
}

const HAS_NONE: ReadonlySet<SegmentKind> = new Set([
  'subscription_profile',
  'product',
  'payment_profile',
  'campaign',
  'shop',
  'forced_gateway',
  'preferred_gateway',
  'last_success_gateway',
])

function textOf(kind: SegmentKind, value: JsonValue): string | null {
  const idKind = idKindOf(kind)
  if (idKind !== null) {
    const decoded = typeof value === 'string' ? decodeId(idKind, value) : null
    return decoded?.kind === 'ok' ? decoded.id : null
  }
  if (kind === 'trial') return typeof value === 'boolean' ? String(value) : null
  if (kind === 'amount' || kind === 'renewal_count')
    return typeof value === 'number' ? String(value) : null
  if (typeof value !== 'string') return null
  if (kind === 'campaign' || kind === 'shop') return value
  if (kind === 'currency') return parseCurrency(value)
  return EDITABLE_STATUSES.some((status) => status === value) ? value : null
}
