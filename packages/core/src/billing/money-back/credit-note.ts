import {
  creditNoteTransfers,
  voidCreditNote,
  voidedNoteTransfers,
  writeCreditNote,
  type CreditNote,
  type CreditNoteGiven,
  type CreditNoteRefusal,
  type CreditNoteWish,
  type Invoice,
  type InvoiceLine,
  type VoidNoteRefusal,
} from '../../invoices/index.ts'
import type { Transfer } from '../../ledger/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet, type Fact } from '../state/change-set.ts'
import type { Told } from '../state/fact-types.ts'
import { resumeShipment } from '../extras/follow-lines.ts'
import type { BillingTools } from '../state/state.ts'

export type CreditedInvoice = Omit<CreditNoteGiven, 'at'> & {
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
}

export type CreditNoteDecided =
  | { readonly kind: 'refused'; readonly code: CreditNoteRefusal }
  | { readonly kind: 'accepted'; readonly note: CreditNote; readonly changes: ChangeSet }

/** A credit note with its one line and, where no refund posts it, its postings and the customer's balance. */
export function decideCreditNote(
  { invoice, lines, ...noted }: CreditedInvoice,
  wish: CreditNoteWish,
  at: Instant,
  tools: BillingTools,
): CreditNoteDecided {
  const decision = writeCreditNote(invoice, wish, { ...noted, at })
  if (decision.kind === 'refused') return decision
  const { note } = decision
  const changes = emptyChangeSet()
  changes.newCreditNotes.push(note)
  changes.newCreditNoteLines.push({
    id: tools.nextId(),
    creditNoteId: note.id,
    position: 0,
    description: note.reason ?? describe(lines),
    quantity: 1n,
    unitAmountMinor: note.amountMinor,
    totalAmountMinor: note.amountMinor,
    createdAt: at,
  })
  changes.facts.push(creditNoteFact('created', note, at))
  if (note.status === 'issued') {
    changes.changedInvoices.push(decision.invoice)
    changes.transfers.push(...creditNoteTransfers(note, at, tools.nextId))
    changes.facts.push(creditNoteFact('issued', note, at))
  }
  if (note.creditMethod === 'customer_balance')
    changes.balanceChanges.push(balanceChange(note, note.amountMinor))
  return { kind: 'accepted', note, changes }
}

function describe(lines: readonly InvoiceLine[]): string {
  const [only, ...others] = lines
  return only === undefined || others.length > 0 ? 'Credit' : `Credit: ${only.description}`
}

function balanceChange(note: CreditNote, amountMinor: bigint): ChangeSet['balanceChanges'][number] {
  return { customerId: note.customerId, currency: note.currency, amountMinor }
}

export type CreditNoteVoided =
  | { readonly kind: 'refused'; readonly code: VoidNoteRefusal }
  | { readonly kind: 'accepted'; readonly changes: ChangeSet }

/** Takes a note back: its postings are reversed, and what it added to the balance leaves it. */
export function decideCreditNoteVoid(
  note: CreditNote,
  state: {
    readonly invoice: Invoice
    readonly balanceMinor: bigint
    readonly posted: readonly Transfer[]
  },
  at: Instant,
  tools: BillingTools,
): CreditNoteVoided {
  const decision = voidCreditNote(note, state, at)
  if (decision.kind === 'refused') return decision
  const changes = emptyChangeSet()
  const { nextId } = tools
  changes.changedCreditNotes.push(decision.note)
  changes.changedInvoices.push(decision.invoice)
  changes.transfers.push(...voidedNoteTransfers(state.posted, note, { at, nextId }))
  if (note.creditMethod === 'customer_balance')
    changes.balanceChanges.push(balanceChange(note, -note.amountMinor))
  resumeShipment(decision.invoice, note.createdAt, { at, changes })
  changes.facts.push(creditNoteFact('voided', decision.note, at))
  return { kind: 'accepted', changes }
}

/** `credit_note.<what>`: each happens once to a note, but for updates, which are told apart by its version. */
export function creditNoteFact(what: Told<'credit_note'>, note: CreditNote, at: Instant): Fact {
  const number = what === 'updated' ? BigInt(note.version) : 0n
  const subject = { kind: 'credit_note', note } as const
  return { type: `credit_note.${what}`, at, number, subject, previous: null }
}
