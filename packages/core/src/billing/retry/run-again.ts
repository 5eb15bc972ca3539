import { owedMinor } from '../../invoices/index.ts'
import type { Currency } from '../../money/index.ts'
import type { RecoveryCase } from '../../recovery/index.ts'
import { maxInstant, minInstant, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import { uncollectedFact } from '../state/facts.ts'
import { addCharge, addStop, findFirstRoute } from '../charges/route-charge.ts'
import type { BilledState } from '../state/billed-state.ts'
import type { Work } from '../state/state.ts'
import { findDenial } from '../charges/guard-charge.ts'
import { countingReattempts } from '../recycling/reattempts.ts'
import { giveUp, givenUpAt, isTooOld, recycleBill } from '../failed/recycle-bill.ts'
import { chargeAtTax } from '../recycling/retax.ts'
import type { RecyclingState } from '../recycling/terms.ts'

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
  const laterAt = waitsUntil({ ...billed, cards }, { ...bill, isFound: found.kind === 'route' })
  if (laterAt !== null) {
    const nextAttemptAt = minInstant(laterAt, givenUpAt(billed, invoice))
    changes.changedCases.push({ ...own, nextAttemptAt, retryNowAt: null })
    return 'postponed'
  }
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

/** What one run is held up for, so that it has a card that its network lets nobody try just yet. */
const WORTH_WAITING_MS = MS_PER_HOUR

/**
 * When the run is better made, as the networks have it; null = now. A day lies between two runs, and some networks want one
 * between two tries: a worker that was late yesterday would find the card forbidden today, and the run would be lost. Where
 * nothing may be charged, the first card that may be decides.
 */
function waitsUntil(
  { cards, recycling, routes }: Pick<RecyclingState, 'cards' | 'recycling' | 'routes'>,
  bill: {
    readonly owedMinor: bigint
    readonly currency: Currency
    readonly at: Instant
    readonly isFound: boolean
  },
): Instant | null {
  const { owedMinor: amountMinor, currency, at, isFound } = bill
  const allowedAt = recycling.methods.flatMap(({ paymentMethodId }) => {
    const own = routes.filter((route) => route.paymentMethodId === paymentMethodId)
    const gatewayIds = own.map(({ gatewayId }) => gatewayId)
    const asked = { paymentMethodId, gatewayIds, amountMinor, currency, at }
    return findDenial(cards, asked)?.allowedAt ?? []
  })
  const [soon, ...others] = allowedAt.filter((each) => each - at <= WORTH_WAITING_MS)
  if (soon !== undefined) return maxInstant(soon, ...others)
  const [first, ...rest] = allowedAt
  return isFound || first === undefined ? null : minInstant(first, ...rest)
}
