import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../platform/command/index.ts'
import type { EditRecord, RowResult, ShownRow } from './edit.ts'
import { findEdit, findUndoneBy } from './queries/edits.ts'
import { findPosition, listRows, listRowsOf, withCurrencies } from './queries/rows.ts'

export type ShownEdit = { readonly edit: EditRecord; readonly undoneById: Uuid | null }

/** Null when the account has no such edit. */
export async function readEdit(context: CommandContext, id: Uuid): Promise<ShownEdit | null> {
  const key = { accountId: context.accountId, id }
  return context.inTx(async (tx) => {
    const [edit, undoneById] = await Promise.all([findEdit(tx, key), findUndoneBy(tx, key)])
    return edit === null ? null : { edit, undoneById }
  })
}

/**
 * Rows of an edit in order, behind the one of a subscription; of one result where it is given. Null when the account has no
 * such edit; nothing behind a subscription that is not in it.
 */
export async function readEditRows(
  context: CommandContext,
  asked: {
    readonly id: Uuid
    readonly result: RowResult | null
    readonly startingAfter: Uuid | null
    readonly limit: number
  },
): Promise<{
  readonly edit: EditRecord
  readonly rows: readonly ShownRow[]
  readonly hasMore: boolean
} | null> {
  const { accountId } = context
  const { id, result, startingAfter, limit } = asked
  const key = { accountId, editId: id }
  return context.inTx(async (tx) => {
    const edit = await findEdit(tx, { accountId, id })
    if (edit === null) return null
    const after = startingAfter === null ? -1 : await findPosition(tx, key, startingAfter)
    if (after === null) return { edit, rows: [], hasMore: false }
    const page = { after, limit: limit + 1 }
    const rows =
      result === null
        ? await listRows(tx, key, page)
        : await listRowsOf(tx, key, { ...page, result })
    const shown = await withCurrencies(tx, accountId, rows.slice(0, limit))
    return { edit, rows: shown, hasMore: rows.length > limit }
  })
}
