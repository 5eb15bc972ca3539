import { isOpen, owedMinor } from '../../invoices/index.ts'
import type { SubscriptionStatus } from '../../subscriptions/index.ts'
import type { BilledState } from '../state/billed-state.ts'
import { addCharge, addStop, findFirstRoute } from '../charges/route-charge.ts'
import { uncollectedFact } from '../state/facts.ts'
import { openCaseOf } from '../failed/collection-failed.ts'
import type { Work } from '../state/state.ts'

/**
 * A bill that a pause has kept is asked for once somebody has issued it, as it would have been when its period began. One that
 * is sent, and one of a subscription that has ended or was given up, is left to people; recycled bills are run by their terms.
 */
export function askForKept({ billed, invoice, lines, renewal }: BilledState, work: Work): void {
  if (billed === null || billed.recycling !== undefined || !isOpen(invoice.status)) return
  if (invoice.collectionMethod !== 'charge_automatically') return
  if (!ASKED.includes(billed.subscription.status)) return
  const { at, changes } = work
  const { id: invoiceId, currency } = invoice
  const owed = { owedMinor: owedMinor(invoice), currency, attemptsMade: 0, at }
  const found = findFirstRoute(billed, { ...owed, renewalKind: renewal?.kind ?? null })
  if (found.kind === 'route') {
    addCharge(found, { invoice, number: 1, book: billed.routing?.routing.book }, work)
    return
  }
  addStop(found, { invoiceId, paymentIntentId: null }, work)
  changes.facts.push(uncollectedFact({ invoice, lines }, 0, at))
  openCaseOf(billed, { invoice, lines }, found.code, work)
}

const ASKED: readonly SubscriptionStatus[] = ['active', 'past_due', 'paused']
