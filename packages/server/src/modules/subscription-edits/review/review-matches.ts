import { decideBulkEdit, type BulkAction, type BulkChoices } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { scopeOf } from '../../billing/index.ts'
import { findSubscriptions } from '../../subscriptions/index.ts'
import type { EditRecord } from '../edit.ts'
import { listDiscardable, loadBulkStates } from '../load-bulk-states.ts'
import { fetchMatches, openMatches, type Match } from '../queries/matching.ts'
import type { EditFilters } from '../request/edit-request.ts'
import type { Reviewer } from './reviewer.ts'
import { CHUNK_ROWS, writeReview, type ReviewChunk } from './write-review.ts'

/** The next part of what matches. */
export async function reviewMatches(
  tx: Tx,
  context: CommandContext,
  given: {
    readonly edit: EditRecord
    readonly filters: EditFilters
    readonly choices: BulkChoices
    readonly rowsMax: number
  },
): Promise<EditRecord> {
  const { accountId } = context
  const { edit, filters, choices, rowsMax } = given
  const { segmentBy, reviewedTo: after } = edit
  const asked = { filters, segmentBy, after, limit: rowsMax }
  await openMatches(tx, { accountId, editId: edit.id }, asked)
  const actions = edit.segments.flatMap((segment) => segment.actions)
  const chunks = (reviewer: Reviewer) => readChunks(tx, context, { reviewer, choices, actions })
  return writeReview(tx, context, { edit, rowsMax, chunks })
}

async function* readChunks(
  tx: Tx,
  context: CommandContext,
  given: {
    readonly reviewer: Reviewer
    readonly choices: BulkChoices
    readonly actions: readonly BulkAction[]
  },
): AsyncIterable<ReviewChunk> {
  const { reviewer, choices, actions } = given
  for (;;) {
    const matches = await fetchMatches(tx, CHUNK_ROWS)
    const last = matches.at(-1)
    if (last === undefined) return
    const loaded = await loadMatches(tx, context, { matches, actions })
    const states = loaded.map(({ state, segment }) => {
      const asked = { actions: reviewer.actionsOf(segment), choices }
      const decision = decideBulkEdit(state, asked, context.now)
      return { state, segment, decision, ownActions: null }
    })
    const to = { nextRenewalAt: last.nextRenewalAt, subscriptionId: last.id }
    yield { states, found: matches.length, to }
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
