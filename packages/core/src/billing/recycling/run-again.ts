import { owedMinor } from '../../invoices/index.ts'
import type { RecoveryCase } from '../../recovery/index.ts'
import { uncollectedFact } from '../facts.ts'
import { addCharge, addStop, findFirstRoute } from '../route-charge.ts'
import type { BilledState, Work } from '../state.ts'
import { countingReattempts } from './reattempts.ts'
import { giveUp, isTooOld, recycleBill } from './recycle-bill.ts'
import { chargeAtTax } from './retax.ts'
import type { RecyclingState } from './terms.ts'

/** A run that is due: over all methods again, unless the bill has become too old for it. */
export function runAgain(
  state: BilledState & { readonly billed: RecyclingState; readonly attemptsMade: number },
  own: RecoveryCase,
  work: Work,
): 'charging' | 'no_payment_method' | 'postponed' | 'closed' {
  const { billed, invoice } = state
  const { at, changes } = work
  // Another card has come: whoever brought it has it tried, and no run is used up by it.
  if (own.nextAttemptAt === null || own.nextAttemptAt > at) {
    changes.changedCases.push({ ...own, retryNowAt: null })
    return 'postponed'
  }
  if (isTooOld(billed, invoice, at)) {
    const onEnd = billed.recycling.rules.onExhausted
    giveUp(billed, state, { own, code: own.lastDeclineCode, onEnd }, work)
    return 'closed'
  }
  const { currency } = invoice
  const renewalKind = state.renewal?.kind ?? null
  const bill = { owedMinor: owedMinor(invoice), currency, attemptsMade: state.attemptsMade, at }
  const cards = countingReattempts(billed.cards, own.openedAt)
  const found = findFirstRoute({ ...billed, cards }, { ...bill, renewalKind })
  const waiting = { ...own, nextAttemptAt: null, retryNowAt: null }
  if (found.kind === 'none') {
    addStop(found, { invoiceId: invoice.id, paymentIntentId: null }, work)
    changes.facts.push(uncollectedFact(state, own.retriesMade + 1, at))
    const openCases = billed.openCases.map((open) => (open === own ? waiting : open))
    const failed = { code: found.code, decline: null, isRecyclable: true }
    recycleBill({ ...billed, openCases }, state, failed, work)
    return 'no_payment_method'
  }
  const due = chargeAtTax(state, { invoice, found }, work)
  const book = billed.routing?.routing.book
  const retry = { number: own.retriesMade + 1, kind: 'scheduled' } as const
  const number = state.attemptsMade + 1
  addCharge(due.found, { invoice: due.invoice, number, retry, book }, work)
  changes.changedCases.push(waiting)
  return 'charging'
}
