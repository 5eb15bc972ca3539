import { assert } from '../../fault/index.ts'
import {
  isOpen,
  owedMinor,
  retaxInvoice,
  retaxTransfers,
  type Invoice,
} from '../../invoices/index.ts'
import { invoiceFact } from '../state/facts.ts'
import type { FoundRoute } from '../charges/route-charge.ts'
import type { BilledState } from '../state/billed-state.ts'
import type { Work } from '../state/state.ts'
import { taxOf } from './tax-of.ts'
import type { RecyclingTerms } from '../state/recycling-terms.ts'

type Taxed<Found extends FoundRoute> = { readonly invoice: Invoice; readonly found: Found }

/** A draft as the method that is to be charged has it taxed, and the charge of it. */
export function draftAtTax<Found extends FoundRoute>(
  recycling: RecyclingTerms | undefined,
  { invoice, found }: Taxed<Found>,
): Taxed<Found> {
  const taxMinor = wantedTax(recycling, { invoice, found })
  if (taxMinor === invoice.taxMinor) return { invoice, found }
  const totalMinor = invoice.totalMinor - invoice.taxMinor + taxMinor
  const difference = totalMinor - invoice.totalMinor
  return { invoice: { ...invoice, taxMinor, totalMinor }, found: atMore(found, difference) }
}

/**
 * The same for a bill that is issued: another method brings another tax with it, as long as nothing is paid. What the
 * invoice owes, its booking and its renewal follow. One that is written off is paid as it was, and so is one of which something
 * was refunded before a bank took its payment back: part of that very tax has gone back already.
 */
export function chargeAtTax<Found extends FoundRoute>(
  state: Pick<BilledState, 'billed' | 'lines' | 'renewal'>,
  { invoice, found }: Taxed<Found>,
  work: Work,
): Taxed<Found> {
  const taxMinor = wantedTax(state.billed?.recycling, { invoice, found })
  const { paidMinor, refundedMinor, status } = invoice
  const isAsIssued = paidMinor > 0n || refundedMinor > 0n || !isOpen(status)
  if (taxMinor === invoice.taxMinor || isAsIssued) return { invoice, found }
  const { at, tools, changes } = work
  const retaxed = retaxInvoice(invoice, taxMinor, at)
  assert(
    changes.changedInvoices.every(({ id }) => id !== invoice.id),
    'a bill that is charged on has changed in nothing else',
  )
  changes.changedInvoices.push(retaxed)
  changes.transfers.push(...retaxTransfers({ before: invoice, after: retaxed }, at, tools.nextId))
  if (state.renewal !== null)
    changes.repricedRenewals.push({ id: state.renewal.id, amountMinor: retaxed.totalMinor })
  const view = { invoice: retaxed, lines: state.lines }
  changes.facts.push(invoiceFact('updated', view, at, BigInt(retaxed.version)))
  return { invoice: retaxed, found: atMore(found, owedMinor(retaxed) - owedMinor(invoice)) }
}

function wantedTax(
  recycling: RecyclingTerms | undefined,
  { invoice, found }: Taxed<FoundRoute>,
): bigint {
  if (recycling === undefined || found.kind === 'none') return invoice.taxMinor
  const netMinor = invoice.subtotalMinor - invoice.discountMinor
  return taxOf(recycling, { netMinor, paymentMethodId: found.route.paymentMethodId })
}

/** A step of a route asks for what was owed when it was found. */
function atMore<Found extends FoundRoute>(found: Found, differenceMinor: bigint): Found {
  if (found.kind === 'none' || found.step === null) return found
  const { step } = found
  return { ...found, step: { ...step, amountMinor: step.amountMinor + differenceMinor } }
}
