import type { BulkChoices } from '@perennial/core/billing'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { given } from '../../../platform/wire/index.ts'
import type { EditRecord } from '../edit.ts'
import { loadChoices } from '../load-bulk-states.ts'
import { insertEdit, updateEdit } from '../queries/edits.ts'
import { countMatches } from '../queries/matching.ts'
import type { EditRequest, RequestedSegment } from '../request/edit-request.ts'
import { reviewMatches } from './review-matches.ts'
import { emptySegment } from './reviewer.ts'
import {
  newReview,
  ReviewEnded,
  ROWS_AT_ONCE,
  ROWS_MAX,
  SEGMENTS_MAX,
  type ReviewRefusal,
} from './write-review.ts'

export type PreviewRefusal =
  | ReviewRefusal
  | 'profile_unavailable'
  | 'gateway_unavailable'
  | 'discount_unavailable'

/**
 * A draft: what each subscription that matches would become, and what to know before. Nothing else is written. Of a large one
 * only the first part is there when this answers, and it is `previewing`: `workOnReview` goes on. Refuses what is named
 * and cannot be chosen, then what is beyond the bounds.
 */
export async function previewEdit(
  context: CommandContext,
  request: EditRequest,
  { rowsMax = ROWS_AT_ONCE }: { readonly rowsMax?: number } = {},
): Promise<Decision<EditRecord, PreviewRefusal>> {
  const { accountId } = context
  const { filters, filtersShown, segmentBy, matchingMax, limit } = request
  const boundRows = matchingMax ?? ROWS_MAX
  const actions = request.segments.flatMap((segment) => segment.actions)
  return endedAsRefused(() =>
    context.inTx(async (tx) => {
      const choices = await loadChoices(tx, accountId, { actions, lock: false })
      const unavailable = findUnavailable(request.segments, choices)
      if (unavailable !== null) return unavailable
      const segments = request.segments.map(({ value, actions: asked }) =>
        emptySegment(value, asked),
      )
      const plan = { undoesId: null, filters: filtersShown, segmentBy, segments, limit }
      const begun = newReview(context, plan)
      await insertEdit(tx, accountId, begun)
      // One more than may match is enough to know that they are too many.
      const asked = { edit: begun, filters, choices, rowsMax: Math.min(rowsMax, boundRows + 1) }
      let edit = await reviewMatches(tx, context, asked)
      if (edit.status === 'previewing') {
        const found = await countMatches(tx, accountId, { filters, segmentBy })
        if (Math.max(found.rows, edit.counts.loaded) > boundRows)
          throw new ReviewEnded('too_many_rows', `More than ${boundRows} subscriptions match. Narrow the filters.`) // prettier-ignore
        if (found.segments > SEGMENTS_MAX) throw new ReviewEnded('too_many_segments')
        edit = { ...edit, matching: found.rows }
        await updateEdit(tx, accountId, edit)
      }
      await context.remember(tx, 'subscription_edit', edit.id)
      return accepted(edit)
    }),
  )
}

export async function endedAsRefused<Answer, Code extends string>(
  work: () => Promise<Decision<Answer, Code>>,
): Promise<Decision<Answer, Code | ReviewRefusal>> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ReviewEnded)) throw error
    return refused(error.code, given('message', error.sentence))
  }
}

function findUnavailable(segments: readonly RequestedSegment[], choices: BulkChoices) {
  for (const { actions, param } of segments) {
    for (const [index, action] of actions.entries()) {
      const at = `${param}[${index}]`
      const { kind } = action
      if (kind === 'set_subscription_profile' && !choices.profiles.has(action.profileId))
        return refused('profile_unavailable', { param: `${at}.subscription_profile_id` })
      const discount = kind === 'add_discount' ? choices.discounts.get(action.discountId) : null
      if (discount !== null && discount?.discount.isActive !== true)
        return refused('discount_unavailable', { param: `${at}.discount_id` })
      const names = kind === 'set_forced_gateway' || kind === 'set_preferred_gateway'
      if (names && action.gatewayId !== null && !choices.gatewayIds.has(action.gatewayId))
        return refused('gateway_unavailable', { param: `${at}.gateway_id` })
    }
  }
  return null
}
