import { decideCreditNoteVoid } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { VoidNoteRefusal } from '@perennial/core/invoices'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../../platform/command/index.ts'
import { lockCustomerShared } from '../../../customers/index.ts'
import {
  findCreditNote,
  lockBalances,
  lockCreditNote,
  lockInvoices,
} from '../../../invoices/index.ts'
import { listTransfers } from '../../../ledger/index.ts'
import { applyChanges } from '../../apply/apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../../scope.ts'

export type VoidCreditNoteRefusal = 'credit_note_not_found' | VoidNoteRefusal

/** Takes a credit back that nobody has used. Refusals in the order of the union. */
export async function voidCreditNote(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, VoidCreditNoteRefusal>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const seen = await findCreditNote(tx, accountId, id)
    if (seen === null) return refused('credit_note_not_found')
    await lockCustomerShared(tx, { accountId, id: seen.customerId })
    const [invoice] = await lockInvoices(tx, accountId, [seen.invoiceId])
    const note = await lockCreditNote(tx, accountId, id)
    assert(invoice !== undefined && note !== null, 'a credit note is of an invoice of its account')
    const balances = await lockBalances(tx, accountId, [note.customerId])
    const balance = balances.find(({ currency }) => currency === note.currency)
    const posted = await listTransfers(tx, { accountId, kind: 'credit_note', id })
    const tools = toolsOf(deps)
    const state = { invoice, balanceMinor: balance?.balanceMinor ?? 0n, posted }
    const decided = decideCreditNoteVoid(note, state, now, tools)
    if (decided.kind === 'refused') return refused(decided.code)
    const { changes } = decided
    await applyChanges(tx, scopeOf(context), {
      changes,
      leaseUntil: leaseEnd(deps),
      nextId: tools.nextId,
    })
    await context.remember(tx, 'credit_note', id)
    return accepted(id)
  })
}
