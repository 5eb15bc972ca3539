import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { EditRecord } from '../edit.ts'
import { loadChoices } from '../load-bulk-states.ts'
import { lockEdit, updateEdit } from '../queries/edits.ts'
import { giveUpRows } from '../queries/rows.ts'
import { recordEditEvent } from './edit-event.ts'

export type ConfirmRefusal =
  | 'edit_not_found'
  | 'edit_in_review'
  | 'edit_not_draft'
  | 'edit_expired'
  | 'review_differs'
  | 'nothing_to_change'
  | 'profile_unavailable'
  | 'gateway_unavailable'

/**
 * Lets a draft run, exactly as it was reviewed: whoever confirms names the review's token, and may do with fewer rows, the
 * first ones. Refused in the order of `ConfirmRefusal`; a second confirmation is.
 */
export async function confirmEdit(
  context: CommandContext,
  request: { readonly id: Uuid; readonly reviewToken: string; readonly limit: number | null },
): Promise<Decision<EditRecord, ConfirmRefusal>> {
  const { accountId, now } = context
  return context.inTx(async (tx): Promise<Decision<EditRecord, ConfirmRefusal>> => {
    const edit = await lockEdit(tx, { accountId, id: request.id })
    if (edit === null) return refused('edit_not_found')
    if (edit.status === 'previewing') return refused('edit_in_review')
    if (edit.status !== 'draft') return refused('edit_not_draft')
    if (edit.expiresAt <= now) return refused('edit_expired')
    if (edit.reviewDigest !== request.reviewToken) return refused('review_differs')
    if (edit.counts.planned === 0) return refused('nothing_to_change')
    const actions = edit.segments.flatMap((segment) => segment.actions)
    const { profiles, gatewayIds } = await loadChoices(tx, accountId, { actions, lock: false })
    for (const action of actions) {
      if (action.kind === 'set_subscription_profile' && !profiles.has(action.profileId))
        return refused('profile_unavailable')
      const names = action.kind === 'set_forced_gateway' || action.kind === 'set_preferred_gateway'
      if (names && action.gatewayId !== null && !gatewayIds.has(action.gatewayId))
        return refused('gateway_unavailable')
    }
    const { limit } = request
    const beyond = { reason: 'beyond_limit', kept: limit ?? 0 }
    const left = limit === null ? 0 : await giveUpRows(tx, { accountId, editId: edit.id }, beyond)
    const { counts } = edit
    const requestId = context.request?.id ?? edit.requestId
    const running = {
      ...edit,
      status: 'running',
      limit: limit ?? edit.limit,
      counts: { ...counts, planned: counts.planned - left, unchanged: counts.unchanged + left },
      confirmedAt: now,
      updatedAt: now,
      requestId,
    } as const
    await updateEdit(tx, accountId, running)
    await recordEditEvent(tx, context, { what: 'confirmed', edit: running })
    await context.remember(tx, 'subscription_edit', edit.id)
    return accepted(running)
  })
}
