import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { EditRecord, EditStatus } from '../edit.ts'
import { lockEdit, updateEdit } from '../queries/edits.ts'
import { giveUpRows } from '../queries/rows.ts'
import { recordEditEvent } from './edit-event.ts'

/** Stops a run after the batch at hand; it can be resumed. */
export function pauseEdit(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<EditRecord, 'edit_not_found' | 'edit_not_running'>> {
  return move(context, id, { from: 'running', to: 'paused', otherwise: 'edit_not_running' })
}

export function resumeEdit(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<EditRecord, 'edit_not_found' | 'edit_not_paused'>> {
  return move(context, id, { from: 'paused', to: 'running', otherwise: 'edit_not_paused' })
}

async function move<Code extends string>(
  context: CommandContext,
  id: Uuid,
  step: { readonly from: EditStatus; readonly to: EditStatus; readonly otherwise: Code },
): Promise<Decision<EditRecord, 'edit_not_found' | Code>> {
  const { accountId, now } = context
  return context.inTx(async (tx): Promise<Decision<EditRecord, 'edit_not_found' | Code>> => {
    const edit = await lockEdit(tx, { accountId, id })
    if (edit === null) return refused('edit_not_found')
    if (edit.status !== step.from) return refused(step.otherwise)
    const moved = { ...edit, status: step.to, updatedAt: now }
    await updateEdit(tx, accountId, moved)
    await context.remember(tx, 'subscription_edit', id)
    return accepted(moved)
  })
}

/** Ends a review, a draft or a run for good; what has been changed stays so. */
export async function cancelEdit(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<EditRecord, 'edit_not_found' | 'edit_over'>> {
  const { accountId, now } = context
  return context.inTx(async (tx): Promise<Decision<EditRecord, 'edit_not_found' | 'edit_over'>> => {
    const edit = await lockEdit(tx, { accountId, id })
    if (edit === null) return refused('edit_not_found')
    if (edit.status === 'done' || edit.status === 'canceled') return refused('edit_over')
    const left = await giveUpRows(tx, { accountId, editId: id }, { reason: 'run_canceled' })
    const { counts } = edit
    const canceled = {
      ...edit,
      status: 'canceled',
      counts: { ...counts, planned: counts.planned - left, unchanged: counts.unchanged + left },
      finishedAt: now,
      updatedAt: now,
    } as const
    await updateEdit(tx, accountId, canceled)
    await recordEditEvent(tx, context, { what: 'canceled', edit: canceled })
    await context.remember(tx, 'subscription_edit', id)
    return accepted(canceled)
  })
}
