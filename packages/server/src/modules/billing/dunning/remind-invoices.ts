import { emptyChangeSet, invoiceFact } from '@perennial/core/billing'
import { remindedFrom, reminderAt, remindersBy } from '@perennial/core/dunning'
import { owedMinor } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { formatInstantOrNull, type Instant, type TimeZone } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordMail } from '../../../platform/outbox/index.ts'
import {
  claimDueReminders,
  loadRecipients,
  toRecipient,
  updateReminders,
  type Reminder,
} from '../../dunning/index.ts'
import { listInvoiceLines, lockInvoices, type StoredInvoice } from '../../invoices/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'

/**
 * Reminders of unpaid sent invoices that are due: 1, 7, 14 and 30 days after the due date, or after a later sending, each once. What was paid
 * meanwhile is left alone, and late ones are sent as one. Returns how many invoices were looked at.
 */
export async function remindBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId, account } = scope
  const { timezone: zone } = account
  return deps.database.tx(
    async (tx) => {
      const due = await claimDueReminders(tx, accountId, window.until, deps.batchSize)
      if (due.length === 0) return 0
      const ids = due.map(({ id }) => id)
      const invoices = await lockInvoices(tx, accountId, ids)
      const invoiceOf = new Map(invoices.map((invoice) => [invoice.id, invoice]))
      const taken = due.map((reminder) => {
        const at = decidedAt(window, reminder.dueAt)
        return takeReminder(reminder, { invoice: invoiceOf.get(reminder.id), zone, at })
      })
      await updateReminders(
        tx,
        accountId,
        taken.map(({ reminder }) => reminder),
      )
      await remind(
        deps,
        tx,
        scope,
        taken.flatMap(({ asks }) => asks ?? []),
      )
      return due.length
    },
    { retry: true },
  )
}

type Asked = { readonly invoice: StoredInvoice; readonly number: number; readonly at: Instant }

function takeReminder(
  reminder: Reminder,
  given: {
    readonly invoice: StoredInvoice | undefined
    readonly zone: TimeZone
    readonly at: Instant
  },
): { readonly reminder: Reminder; readonly asks: Asked | null } {
  const { invoice, zone, at } = given
  const from = invoice === undefined ? null : remindedFrom(invoice)
  if (invoice === undefined || from === null)
    return { reminder: { ...reminder, dueAt: null }, asks: null }
  // The due date may have been moved meanwhile.
  const reminded = { from, zone }
  const number = remindersBy(reminded, at)
  const next = reminderAt(reminded, Math.max(number, reminder.remindersSent))
  const asks = number > reminder.remindersSent ? { invoice, number, at } : null
  return {
    reminder: {
      ...reminder,
      remindersSent: Math.max(number, reminder.remindersSent),
      dueAt: next,
    },
    asks,
  }
}

async function remind(
  deps: BillingDeps,
  tx: Tx,
  scope: BillingScope,
  asked: readonly Asked[],
): Promise<void> {
  if (asked.length === 0) return
  const { accountId } = scope
  const [lines, recipients] = await Promise.all([
    listInvoiceLines(
      tx,
      accountId,
      asked.map(({ invoice }) => invoice.id),
    ),
    loadRecipients(tx, accountId, {
      customerIds: asked.map(({ invoice }) => invoice.customerId),
      productIds: [],
    }),
  ])
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  const changes = emptyChangeSet()
  const mails = asked.flatMap(({ invoice, number, at }) => {
    const customer = recipients.customers.get(invoice.customerId)
    if (customer === undefined) return []
    const view = { invoice, lines: linesOf.get(invoice.id) ?? [] }
    changes.facts.push(invoiceFact('reminder_sent', view, at, BigInt(number)))
    return [
      {
        accountId,
        id: deps.ids.next(),
        dedupeKey: `invoice.reminder:${invoice.id}:${number}`,
        to: customer.email,
        template: 'invoice_reminder',
        data: {
          ...toRecipient(recipients, { customer, productId: null }),
          invoice_number: invoice.number,
          currency: invoice.currency,
          amount_minor: toWireMinor(owedMinor(invoice)),
          due_date: formatInstantOrNull(invoice.dueAt),
        },
        createdAt: at,
      },
    ]
  })
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
  await recordMail(tx, mails)
}
