import { decideBulkEdit, type BulkAction, type BulkChoices } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { scopeOf } from '../../billing/index.ts'
import { findSubscriptions } from '../../subscriptions/index.ts'
import type { EditRecord } from '../edit.ts'
import { listDiscardable, loadBulkStates, loadChoices } from '../load-bulk-states.ts'
import { closeMatches, fetchMatches, openMatches, type Match } from '../queries/matching.ts'
import type { EditRequest, RequestedSegment } from '../request/edit-request.ts'
import type { Reviewer, ReviewedState } from './reviewer.ts'
import { ReviewEnded, ROWS_MAX, writeReview, type ReviewRefusal } from './write-review.ts'

export type PreviewRefusal =
  | ReviewRefusal
  | 'profile_unavailable'
  | 'gateway_unavailable'
  | 'discount_unavailable'

/** Subscriptions that are loaded and decided together. */
const CHUNK_ROWS = 2_500

/**
 * A draft: what each subscription that matches would become, and what to know before. Nothing else is written. All is read
 * and kept by one transaction. Refuses what is named and cannot be chosen, then
 * what is beyond the bounds.
 */
export async function previewEdit(
  context: CommandContext,
  request: EditRequest,
  { rowsMax = ROWS_MAX }: { readonly rowsMax?: number } = {},
): Promise<Decision<EditRecord, PreviewRefusal>> {
  const { accountId } = context
  const { filters, filtersShown, segmentBy, limit } = request
  const actions = request.segments.flatMap((segment) => segment.actions)
  return endedAsRefused(() =>
    context.inTx(async (tx) => {
      const choices = await loadChoices(tx, accountId, { actions, lock: false })
      const unavailable = findUnavailable(request.segments, choices)
      if (unavailable !== null) return unavailable
      await openMatches(tx, accountId, { filters, segmentBy })
      const chunks = (reviewer: Reviewer) => readChunks(tx, context, { reviewer, choices, actions })
      const segments = request.segments.map(({ value, actions: asked }) =>
        emptySegment(value, asked),
      )
      const plan = { undoesId: null, filters: filtersShown, segmentBy, segments, limit, rowsMax }
      const edit = await writeReview(tx, context, { plan, chunks })
      await closeMatches(tx)
      await context.remember(tx, 'subscription_edit', edit.id)
      return accepted(edit)
    }),
  )
}

export function emptySegment(value: string | null, actions: readonly BulkAction[]) {
  return { value, actions, loaded: 0, planned: 0, unchanged: 0, skipped: 0, warnings: {} }
}

export async function endedAsRefused<Answer, Code extends string>(
  work: () => Promise<Decision<Answer, Code>>,
): Promise<Decision<Answer, Code | ReviewRefusal>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ReviewEnded) return refused(error.code)
    throw error
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

async function* readChunks(
  tx: Tx,
  context: CommandContext,
  given: {
    readonly reviewer: Reviewer
    readonly choices: BulkChoices
    readonly actions: readonly BulkAction[]
  },
): AsyncIterable<readonly ReviewedState[]> {
  const { reviewer, choices, actions } = given
  for (;;) {
    const matches = await fetchMatches(tx, CHUNK_ROWS)
    if (matches.length === 0) return
    const loaded = await loadMatches(tx, context, { matches, actions })
    yield loaded.map(({ state, segment }) => {
      const asked = { actions: reviewer.actionsOf(segment), choices }
      const decision = decideBulkEdit(state, asked, context.now)
      return { state, segment, decision, ownActions: null }
    })
  }
}

async function loadMatches(
  tx: Tx,
  context: CommandContext,
  given: { readonly matches: readonly Match[]; readonly actions: readonly BulkAction[] },
) {
  const { accountId } = context
  const { matches, actions } = given
  const subscriptionIds = matches.map(({ id }) => id)
  const [found, own] = await Promise.all([
    findSubscriptions(tx, accountId, subscriptionIds),
    listDiscardable(tx, accountId, { subscriptionIds, actions }),
  ])
  const foundBy = new Map<Uuid, (typeof found)[number]>(found.map((one) => [one.id, one]))
  const inOrder = matches.flatMap((match) => {
    const subscription = foundBy.get(match.id)
    return subscription === undefined ? [] : [{ subscription, segment: match.segment }]
  })
  const subscriptions = inOrder.map(({ subscription }) => subscription)
  const states = await loadBulkStates(tx, scopeOf(context), { subscriptions, own })
  return states.map((state, index) => ({ state, segment: inOrder[index]?.segment ?? null }))
}
