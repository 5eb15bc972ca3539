import type { BulkAction, BulkChoices } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
  type Refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { findGatewayAccount } from '../../payments/index.ts'
import { findProfile } from '../../subscription-profiles/index.ts'
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

/** Of what an action names. */
type UnavailableRefusal =
  | 'profile_not_found'
  | 'profile_unavailable'
  | 'gateway_not_found'
  | 'gateway_unavailable'
  | 'discount_not_found'
  | 'discount_unavailable'

export type PreviewRefusal = ReviewRefusal | UnavailableRefusal

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
      const unavailable = await findUnavailable(tx, accountId, {
        segments: request.segments,
        choices,
      })
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

/** The first of what the actions name that is not there, or cannot be chosen. */
async function findUnavailable(
  tx: Tx,
  accountId: Uuid,
  asked: { readonly segments: readonly RequestedSegment[]; readonly choices: BulkChoices },
): Promise<Refused<UnavailableRefusal> | null> {
  for (const { actions, param } of asked.segments) {
    for (const [index, action] of actions.entries()) {
      const code = await refusalOf(tx, accountId, { action, choices: asked.choices })
      if (code === null) continue
      return refused(code, { param: `${param}[${index}].${FIELD_OF[code]}` })
    }
  }
  return null
}

const FIELD_OF: Readonly<Record<UnavailableRefusal, string>> = {
  profile_not_found: 'subscription_profile_id',
  profile_unavailable: 'subscription_profile_id',
  gateway_not_found: 'gateway_id',
  gateway_unavailable: 'gateway_id',
  discount_not_found: 'discount_id',
  discount_unavailable: 'discount_id',
}

async function refusalOf(
  tx: Tx,
  accountId: Uuid,
  { action, choices }: { readonly action: BulkAction; readonly choices: BulkChoices },
): Promise<UnavailableRefusal | null> {
  switch (action.kind) {
    case 'set_subscription_profile': {
      const { profileId: id } = action
      if (choices.profiles.has(id)) return null
      const isKnown = (await findProfile(tx, { accountId, id })) !== null
      return isKnown ? 'profile_unavailable' : 'profile_not_found'
    }
    case 'add_discount': {
      const choice = choices.discounts.get(action.discountId)
      if (choice === undefined) return 'discount_not_found'
      return choice.discount.isActive ? null : 'discount_unavailable'
    }
    case 'remove_discount':
      return choices.discounts.has(action.discountId) ? null : 'discount_not_found'
    case 'set_forced_gateway':
    case 'set_preferred_gateway': {
      const { gatewayId: id } = action
      if (id === null || choices.gatewayIds.has(id)) return null
      const isKnown = (await findGatewayAccount(tx, { accountId, id })) !== null
      return isKnown ? 'gateway_unavailable' : 'gateway_not_found'
    }
    default:
      return null
  }
}
