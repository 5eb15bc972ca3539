import type { ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { isLive, type PaymentAttempt } from '@perennial/core/payments'
import { isEnded } from '@perennial/core/subscriptions'
import { plainDateAt, type Instant } from '@perennial/core/time'
import type { Tx, WriterId } from '../../../platform/db/index.ts'
import { recordEvents, recordMail, type NewEvent } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { findCustomers } from '../../customers/index.ts'
import {
  insertInvoiceLines,
  insertInvoices,
  takeInvoiceNumbers,
  toWireInvoice,
  updateInvoices,
} from '../../invoices/index.ts'
import {
  followBills,
  followCases,
  followOverdue,
  openRuns,
  type FollowedBill,
  type FollowedCase,
} from '../../dunning/index.ts'
import { insertDisputes, updateDisputes } from '../../disputes/index.ts'
import { writeSales } from '../../sales/index.ts'
import { insertTransfers } from '../../ledger/index.ts'
import {
  insertAttempts,
  insertIntents,
  insertTransactions,
  makeMethodsDefault,
  succeedTransactions,
  updateAttempts,
  updateIntents,
  voidTransactions,
  wakeToldCharges,
} from '../../payments/index.ts'
import {
  insertCases,
  recordCaseDecisions,
  scheduleSales,
  updateCases,
} from '../../recovery/index.ts'
import { recordDecisions, recordUsage } from '../../routing/index.ts'
import {
  insertItems,
  insertMethods,
  insertRenewals,
  insertSubscriptions,
  updateItems,
  updateRenewalAmounts,
  updateRenewalStatus,
  updateSubscriptions,
  updateTerms,
} from '../../subscriptions/index.ts'
import { undoTaxes, writeCreditNotes, writeMoneyBack } from './write-money-back.ts'
import { dunningOfFacts } from './dunning-of-facts.ts'
import { mailReceipts, mailRefundReceipts } from './mail-receipts.ts'
import { writeCollections } from './write-collections.ts'
import { writeRedemptions, writeShipments } from '../extras/write-extras.ts'
import { insertNews } from './write-news.ts'
import { tellSalvages } from '../salvage/tell-salvages.ts'
import type { BillingScope } from '../scope.ts'
import { toEvents } from './to-events.ts'

/**
 * Writes everything that one or many decisions want, one statement a table, inside the caller's transaction.
 * Invoices that get a number come last but for their events, because taking numbers locks the account's counter until
 * the commit. Returns what gives an invoice of the changes the number it was written with.
 */
export async function applyChanges(
  tx: Tx,
  scope: BillingScope,
  given: {
    readonly changes: ChangeSet
    readonly leaseUntil: Instant
    readonly nextId: () => Uuid
    /** What comes of its charges is counted by BIN, for learned routing. */
    readonly isRouted?: boolean
    /** Of the invoices and attempts that change, which nobody has locked: `RowsChanged` when another has written one. */
    readonly lastWriter?: WriterId
  },
): Promise<(invoice: Invoice) => Invoice> {
  const { accountId } = scope
  const { changes, lastWriter } = given
  const [unnumbered, ready] = partition(changes.changedInvoices, needsNumber)
  await Promise.all([
    insertSubscriptions(tx, accountId, changes.newSubscriptions),
    updateSubscriptions(tx, accountId, changes.changedSubscriptions),
    updateTerms(tx, accountId, changes.changedTerms),
    insertItems(tx, accountId, changes.newItems),
    updateItems(tx, accountId, changes.changedItems),
    insertMethods(tx, accountId, changes.newMethods),
    insertRenewals(tx, accountId, changes.newRenewals, scope.runId),
    updateRenewalStatus(tx, accountId, changes.changedRenewals),
    updateRenewalAmounts(tx, accountId, changes.repricedRenewals),
    insertInvoiceLines(tx, accountId, changes.newLines),
    writeSales(tx, accountId, changes),
    insertIntents(tx, accountId, changes.newIntents),
    updateIntents(tx, accountId, changes.changedIntents),
    updateInvoices(tx, accountId, ready, lastWriter),
    // A refused charge makes room for the one that follows it: an invoice has one live attempt.
    updateAttempts(tx, accountId, changes.changedAttempts, lastWriter),
    insertAttempts(tx, accountId, changes.newAttempts, given.leaseUntil),
    recordDecisions(tx, accountId, {
      decisions: changes.newRouteDecisions,
      nextId: given.nextId,
    }),
    insertTransactions(tx, accountId, changes.newTransactions),
    succeedTransactions(tx, accountId, changes.lateSales),
    voidTransactions(tx, accountId, changes.voidedTransactions),
    insertDisputes(tx, accountId, changes.newDisputes),
    updateDisputes(tx, accountId, changes.changedDisputes),
    insertCases(tx, accountId, changes.newCases),
    updateCases(tx, accountId, changes.changedCases),
    recordCaseDecisions(tx, accountId, {
      decisions: changes.newCaseDecisions,
      nextId: given.nextId,
    }),
    openRuns(tx, accountId, changes.newCases),
    followCases(tx, accountId, followedCases(changes)),
    followBills(tx, accountId, followedBills(changes)),
    followOverdue(tx, { accountId, zone: scope.account.timezone }, changes.changedInvoices),
    insertTransfers(tx, accountId, changes.transfers),
    undoTaxes(tx, accountId, given),
    writeMoneyBack(tx, accountId, given),
    writeRedemptions(tx, accountId, changes),
  ])
  const numbers = await numberInvoices(tx, scope, [...changes.newInvoices, ...unnumbered])
  const numbered = (invoice: Invoice): Invoice => {
    const number = numbers.get(invoice.id)
    return number === undefined || invoice.number !== null ? invoice : { ...invoice, number }
  }
  const numberedNote = await writeCreditNotes(tx, scope, changes)
  const dunning = await dunningOfFacts(tx, accountId, changes.facts)
  const told = toEvents(scope, { ...given, numbered, numberedNote, dunning })
  // Made while they are written, unless they are read twice.
  const events = scope.account.settings.revolv3 === null ? told : [...told]
  await Promise.all([
    insertInvoices(tx, accountId, changes.newInvoices.map(numbered)),
    updateInvoices(tx, accountId, unnumbered.map(numbered)),
    recordEvents(tx, events),
    makeMethodsDefault(tx, scope, { wanted: changes.newDefaults, nextId: given.nextId }),
    writeShipments(tx, scope, given),
    writeCollections(tx, scope, {
      collections: changes.newCollections,
      nextId: given.nextId,
    }),
    keepNews(tx, scope, { events, submitted: changes.submittedAttempts }),
    mailInvoices(tx, scope, {
      invoices: changes.mailedInvoices.map(numbered),
      nextId: given.nextId,
    }),
    mailReceipts(tx, scope, { ...given, numbered }),
    mailRefundReceipts(tx, scope, { ...given, numbered }),
    // Rows that others add to as well: held for as short a time as can be.
    recordUsage(tx, accountId, {
      settled: changes.changedAttempts,
      recounted: new Set(changes.lateSales.flatMap(({ attemptId }) => attemptId ?? [])),
      chargebacks: changes.newDisputes,
      seed: given.nextId(),
      learnsBins: given.isRouted ?? false,
    }),
  ])
  // The first charge of a bill has none before it that could have been taken.
  const ended = changes.changedAttempts.filter((attempt) => !isLive(attempt))
  await wakeToldCharges(
    tx,
    accountId,
    ended.filter(({ attemptNumber }) => attemptNumber > 1),
  )
  if (changes.changedCustomerSales.length > 0)
    await scheduleSales(tx, accountId, leftToPeople(changes))
  // Reads the bills that stand written now.
  await tellSalvages(tx, scope, given)
  return numbered
}

/** New cases that nothing tries by itself. */
function leftToPeople({ newCases }: ChangeSet): readonly Uuid[] {
  return newCases.flatMap(({ id, state }) => (state === 'exhausted' ? [id] : []))
}

/**
 * Cases that end, and those that are open again because their invoice is: dunning follows them. What a subscription by a
 * profile leaves to people when it ends is no news to its customer.
 */
function followedCases(changes: ChangeSet): FollowedCase[] {
  const changedAt = new Map(changes.changedInvoices.map(({ id, updatedAt }) => [id, updatedAt]))
  const ended = changes.changedSubscriptions.filter(
    ({ status, profile }) => isEnded(status) && profile !== null,
  )
  const endedIds = new Set(ended.map(({ id }) => id))
  return changes.changedCases.flatMap(({ id, state, closedAt, invoiceId, subscriptionId }) => {
    const at = closedAt ?? changedAt.get(invoiceId)
    const isSilent =
      state === 'exhausted' && subscriptionId !== null && endedIds.has(subscriptionId)
    return at === undefined ? [] : [{ id, state: isSilent ? 'canceled' : state, at }]
  })
}

/** Bills of subscriptions that are owed no more. Those whose case ends with them are followed by it. */
function followedBills(changes: ChangeSet): FollowedBill[] {
  const followed = new Set(changes.changedCases.map(({ invoiceId }) => invoiceId))
  return changes.changedInvoices.flatMap((invoice): FollowedBill[] => {
    const { id, subscriptionId, status, updatedAt: at } = invoice
    if (subscriptionId === null || followed.has(id)) return []
    if (status === 'paid') return [{ id, subscriptionId, outcome: 'recovered', at }]
    const isGone = status === 'void' || status === 'uncollectible'
    return isGone ? [{ id, subscriptionId, outcome: 'canceled', at }] : []
  })
}

/** What is to be told in the words of another API, where somebody listens to it. */
async function keepNews(
  tx: Tx,
  scope: BillingScope,
  of: { readonly events: Iterable<NewEvent>; readonly submitted: readonly PaymentAttempt[] },
): Promise<void> {
  if (scope.account.settings.revolv3 === null) return
  const ids = Array.from(of.events, ({ id }) => id)
  const attemptIds = of.submitted.filter(({ invoiceId }) => invoiceId !== null).map(({ id }) => id)
  await insertNews(tx, scope.accountId, { eventIds: ids, attemptIds })
}

function needsNumber({ number, finalizedAt }: Invoice): boolean {
  return number === null && finalizedAt !== null
}

/** Those that are so, and those that are not. */
function partition<T>(list: readonly T[], isSo: (one: T) => boolean): readonly [T[], T[]] {
  const [those, others]: [T[], T[]] = [[], []]
  for (const one of list) (isSo(one) ? those : others).push(one)
  return [those, others]
}

/** Numbers for the invoices that left draft and have none: prefix, year of the account's calendar, counter. */
async function numberInvoices(
  tx: Tx,
  scope: BillingScope,
  invoices: readonly Invoice[],
): Promise<Map<Uuid, string>> {
  const waiting = invoices.filter(needsNumber)
  if (waiting.length === 0) return new Map()
  const first = await takeInvoiceNumbers(tx, scope.accountId, waiting.length)
  const { settings, timezone } = scope.account
  return new Map(
    waiting.map((invoice, index) => {
      const { year } = plainDateAt(invoice.finalizedAt ?? invoice.createdAt, timezone)
      const counter = String(first + BigInt(index)).padStart(4, '0')
      return [invoice.id, `${settings.invoicePrefix}${year}-${counter}`]
    }),
  )
}

/** Invoices that are sent reach their customer by mail: one mail an invoice, however often it is applied. */
async function mailInvoices(
  tx: Tx,
  scope: BillingScope,
  given: { readonly invoices: readonly Invoice[]; readonly nextId: () => Uuid },
): Promise<void> {
  if (given.invoices.length === 0) return
  const customers = await findCustomers(
    tx,
    scope.accountId,
    given.invoices.map((invoice) => invoice.customerId),
  )
  const emails = new Map(customers.map((customer) => [customer.id, customer.email]))
  await recordMail(
    tx,
    given.invoices.flatMap((invoice) => {
      const to = emails.get(invoice.customerId)
      if (to === undefined) return []
      return [
        {
          accountId: scope.accountId,
          id: given.nextId(),
          dedupeKey: `invoice.sent:${invoice.id}:${invoice.version}`,
          to,
          template: 'invoice_sent',
          data: toWireInvoice(invoice, []) as JsonObject,
          createdAt: invoice.updatedAt,
        },
      ]
    }),
  )
}
