import type { ChangeSet, FactSubject } from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import type { IdKind, Uuid } from '@perennial/core/ids'
import { undoneTaxTransfers, type CreditNote } from '@perennial/core/invoices'
import { plainDateAt, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import {
  changeBalances,
  insertCreditNoteLines,
  insertCreditNotes,
  markAppliedNotes,
  takeCreditNoteNumbers,
  toWireCreditNote,
  updateCreditNotes,
  updateNoteLines,
} from '../../invoices/index.ts'
import { insertTransfers, listTaxGivenBack } from '../../ledger/index.ts'
import {
  failTransactions,
  insertRefunds,
  insertVoids,
  restoreTransactions,
  toWireRefund,
  toWireVoid,
  updateRefunds,
  updateSales,
  updateVoids,
} from '../../payments/index.ts'
import type { BillingScope } from '../scope.ts'

/** The rows of refunds and voids, and what sales count as given back: one statement a table. */
export async function writeMoneyBack(
  tx: Tx,
  accountId: Uuid,
  given: { readonly changes: ChangeSet; readonly leaseUntil: Instant },
): Promise<void> {
  const { changes, leaseUntil } = given
  await Promise.all([
    updateSales(tx, accountId, changes.changedSales),
    failTransactions(tx, accountId, changes.failedTransactions),
    restoreTransactions(tx, accountId, changes.restoredTransactions),
    insertRefunds(tx, accountId, changes.newRefunds, leaseUntil),
    updateRefunds(tx, accountId, changes.changedRefunds, leaseUntil),
    insertVoids(tx, accountId, changes.newVoids, leaseUntil),
    updateVoids(tx, accountId, changes.changedVoids, leaseUntil),
    changeBalances(tx, accountId, {
      changes: changes.balanceChanges,
      at: changes.transfers[0]?.at ?? null,
    }),
  ])
}

/** Undoes what refunds and credit notes took back of the tax of invoices that are void now. */
export async function undoTaxes(
  tx: Tx,
  accountId: Uuid,
  given: { readonly changes: ChangeSet; readonly nextId: () => Uuid },
): Promise<void> {
  const { undoneTaxes } = given.changes
  if (undoneTaxes.length === 0) return
  const invoiceIds = undoneTaxes.map(({ invoiceId }) => invoiceId)
  const posted = await listTaxGivenBack(tx, accountId, invoiceIds)
  const undone = undoneTaxes.flatMap(({ invoiceId, at }) => {
    const own = posted.filter((transfer) => transfer.invoiceId === invoiceId)
    return undoneTaxTransfers(own, at, given.nextId)
  })
  await insertTransfers(tx, accountId, undone)
}

/**
 * Credit notes, numbered as they are issued: prefix, year of the account's calendar, counter. Taking numbers locks the
 * account's counter until the commit, so they come last. Returns what gives a note its number.
 */
export async function writeCreditNotes(
  tx: Tx,
  { accountId, account }: BillingScope,
  changes: ChangeSet,
): Promise<(note: CreditNote) => CreditNote> {
  const { newCreditNotes, changedCreditNotes } = changes
  const issued = [...newCreditNotes, ...changedCreditNotes].filter(
    ({ number, issuedAt }) => number === null && issuedAt !== null,
  )
  const numbers = new Map<Uuid, string>()
  if (issued.length > 0) {
    const first = await takeCreditNoteNumbers(tx, accountId, issued.length)
    for (const [index, { id, issuedAt, createdAt }] of issued.entries()) {
      const { year } = plainDateAt(issuedAt ?? createdAt, account.timezone)
      const counter = String(first + BigInt(index)).padStart(4, '0')
      numbers.set(id, `CN-${year}-${counter}`)
    }
  }
  const numbered = (note: CreditNote): CreditNote => ({
    ...note,
    number: note.number ?? (note.issuedAt === null ? null : (numbers.get(note.id) ?? null)),
  })
  await insertCreditNotes(tx, accountId, newCreditNotes.map(numbered))
  await Promise.all([
    updateCreditNotes(tx, accountId, changedCreditNotes.map(numbered)),
    insertCreditNoteLines(tx, accountId, changes.newCreditNoteLines),
    updateNoteLines(tx, accountId, changedCreditNotes),
  ])
  const [moved] = changes.transfers
  if (changes.balanceChanges.length > 0 && moved !== undefined) {
    const customerIds = changes.balanceChanges.map(({ customerId }) => customerId)
    await markAppliedNotes(tx, accountId, { customerIds, at: moved.at })
  }
  return numbered
}

/** The subjects of facts that this folder tells about. */
export type MoneyBackSubject = Extract<
  FactSubject,
  { readonly kind: 'refund' | 'void' | 'credit_note' }
>

export function aboutMoneyBack(subject: MoneyBackSubject) {
  switch (subject.kind) {
    case 'refund':
      return aboutOne('refund', subject.refund)
    case 'void':
      return aboutOne('void', subject.paymentVoid)
    case 'credit_note':
      return aboutOne('credit_note', { ...subject.note, subscriptionId: null })
    default:
      return assertNever(subject)
  }
}

function aboutOne<
  Subject extends {
    readonly id: Uuid
    readonly customerId: Uuid
    readonly subscriptionId: Uuid | null
    readonly invoiceId: Uuid | null
  },
>(kind: IdKind, { id, customerId, subscriptionId, invoiceId }: Subject) {
  return { kind, id, customerId, subscriptionId, invoiceId }
}

export function toWireMoneyBack(
  subject: MoneyBackSubject,
  numbered: (note: CreditNote) => CreditNote,
): JsonObject {
  switch (subject.kind) {
    case 'refund':
      return toWireRefund(subject.refund)
    case 'void':
      return toWireVoid(subject.paymentVoid)
    case 'credit_note':
      return toWireCreditNote(numbered(subject.note))
    default:
      return assertNever(subject)
  }
}
