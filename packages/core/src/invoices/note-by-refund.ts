import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { transfer, type Transfer } from '../ledger/index.ts'
import { allocate } from '../money/index.ts'
import type { Instant } from '../time/index.ts'
import type { CreditNote } from './credit-note.ts'

type RefundOfNote = { readonly status: string; readonly amountMinor: bigint }

/**
 * A pending note once its refunds have ended: issued for what went back and its share of the tax, or void when nothing
 * did. Null while one is still on its way.
 */
export function concludeCreditNote(
  note: CreditNote,
  refunds: readonly RefundOfNote[],
  at: Instant,
): CreditNote | null {
  if (note.status !== 'pending') return null
  if (refunds.some(({ status }) => status === 'pending' || status === 'processing')) return null
  const after = forWhatWentBack(note, refunds, at)
  return after.status === 'void' ? after : { ...after, status: 'issued', issuedAt: at }
}

/**
 * An issued note of whose refunds one has come back to us: it is for what the others gave and their share of the tax, or void
 * without any. Null for one that waits for others still.
 */
export function reduceCreditNote(
  note: CreditNote,
  refunds: readonly RefundOfNote[],
  at: Instant,
): CreditNote | null {
  return note.status === 'issued' ? forWhatWentBack(note, refunds, at) : null
}

function forWhatWentBack(
  note: CreditNote,
  refunds: readonly RefundOfNote[],
  at: Instant,
): CreditNote {
  const amountMinor = refunds
    .filter(({ status }) => status === 'succeeded')
    .reduce((sum, refund) => sum + refund.amountMinor, 0n)
  const touched = { ...note, version: note.version + 1, updatedAt: at }
  if (amountMinor === 0n) return { ...touched, status: 'void', voidedAt: at }
  return { ...touched, amountMinor, taxAmountMinor: taxOfPart(note, amountMinor) }
}

function taxOfPart(note: CreditNote, partMinor: bigint): bigint | null {
  if (note.taxAmountMinor === null) return null
  const [taxMinor] = allocate(note.taxAmountMinor, [partMinor, note.amountMinor - partMinor])
  assert(taxMinor !== undefined, 'each weight has a share')
  return taxMinor
}

/** The tax that a note gives back no more, because this refund of it came back. */
export function reducedNoteTransfers(
  change: { readonly before: CreditNote; readonly after: CreditNote; readonly refundId: Uuid },
  at: Instant,
  nextId: () => Uuid,
): Transfer[] {
  const { before, after, refundId } = change
  const keptMinor = after.status === 'void' ? 0n : (after.taxAmountMinor ?? 0n)
  const amountMinor = (before.taxAmountMinor ?? 0n) - keptMinor
  if (amountMinor === 0n) return []
  return [
    transfer({
      id: nextId(),
      at,
      debit: 'refunds',
      credit: 'tax_payable',
      amountMinor,
      currency: before.currency,
      customerId: before.customerId,
      invoiceId: before.invoiceId,
      gatewayId: null,
      sourceKind: 'credit_note_reduced',
      sourceId: refundId,
      sourcePosition: 0,
      reversalOf: null,
    }),
  ]
}
