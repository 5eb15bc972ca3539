import { assertNever } from '../../fault/index.ts'
import { isOpen, owedMinor } from '../../invoices/index.ts'
import { whenAnswered } from '../../payments/index.ts'
import {
  cardAwaitedUntil,
  cardToTry,
  closeCase,
  excuseRetries,
  DUE_NOW_MS,
  mayCharge,
  MOVES_MAX,
  type CaseCard,
  type CaseDecision,
  type CaseView,
  type RecoveryCase,
} from '../../recovery/index.ts'
import { addDays, type Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { collectionFailed, giveUpCase, isSuspendedByProfile } from '../failed/collection-failed.ts'
import { uncollectedFact } from '../state/facts.ts'
import type { DeniedCharge } from '../charges/guard-charge.ts'
import { chargeAtTax } from '../recycling/retax.ts'
import { runAgain } from './run-again.ts'
import { isRecycling } from '../recycling/terms.ts'
import { findRetryRoute } from './retry-route.ts'
import { planTry, salvageOf } from './salvage-try.ts'
import { addCharge, addPart, addStop } from '../charges/route-charge.ts'
import type { RetryState } from '../state/billed-state.ts'
import type { BillingTools, Work } from '../state/state.ts'

export type RetryDecision = {
  readonly result: 'charging' | 'no_payment_method' | 'postponed' | 'given_up' | 'closed'
  readonly changes: ChangeSet
}

/**
 * What an open recovery case does that is due: the next try, decided anew on what is known by now, or its end. A try
 * that the networks' guard forbids is not made. `postponed`: it is made later, a charge made by hand is in flight, or the
 * subscription is paused; a salvage profile tries on while it is suspended. `closed`: nothing to try, because the last try is still under way or something else has settled
 * the invoice or moved the subscription on.
 */
export function decideRetry(state: RetryState, at: Instant, tools: BillingTools): RetryDecision {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  return { result: retry(state, work), changes: work.changes }
}

function retry(state: RetryState, work: Work): RetryDecision['result'] {
  const { at, changes } = work
  const { billed, invoice } = state
  const found = billed.openCases.find((open) => open.invoiceId === invoice.id)
  const own = found === undefined ? undefined : excuseRetries(found, state.view.tries)
  const isExtra = own !== undefined && own.retryNowAt !== null && own.retryNowAt <= at
  if (own === undefined || (own.nextAttemptAt === null && !isExtra)) return 'closed'
  const { status } = billed.subscription
  const isTried = status === 'past_due' || isSalvagedWhileSuspended(state)
  if (isOpen(invoice.status) && status === 'paused' && !isTried) {
    const nextAttemptAt = own.nextAttemptAt === null ? null : addDays(at, 1)
    changes.changedCases.push({ ...own, nextAttemptAt, retryNowAt: null })
    return 'postponed'
  }
  if (!isOpen(invoice.status) || !isTried) {
    const closedAs = invoice.status === 'paid' ? 'recovered' : 'canceled'
    changes.changedCases.push(closeCase(own, closedAs, at))
    return 'closed'
  }
  if (state.chargedAt !== null) {
    changes.changedCases.push(onceAnswered(own, state.chargedAt, at))
    return 'postponed'
  }
  if (isRecycling(billed)) return runAgain({ ...state, billed }, own, work)
  if (isExtra) return tryNewCard(state, own, work)
  const isEnd = own.waitsFor === 'end' && own === found
  return isEnd ? giveUp(state, own, work) : goOn(state, own, work)
}

/** Only recovery, a person, or the subscription's end stops the tries of a salvage profile (revcent.md 8.4). */
function isSalvagedWhileSuspended({ billed, view }: RetryState): boolean {
  return isSuspendedByProfile(billed.subscription) && view.salvage !== undefined
}

/** While a charge is in flight nobody knows whether the invoice is paid. */
function onceAnswered(own: RecoveryCase, chargedAt: Instant, at: Instant): RecoveryCase {
  const later = (due: Instant | null): Instant | null =>
    due !== null && due <= at ? whenAnswered(at, chargedAt) : due
  return { ...own, nextAttemptAt: later(own.nextAttemptAt), retryNowAt: later(own.retryNowAt) }
}

function giveUp(state: RetryState, open: RecoveryCase, work: Work): RetryDecision['result'] {
  giveUpCase(state.billed, state, { open, endsAs: 'exhausted' }, work)
  return 'given_up'
}

/** Another card is tried at once, beside the schedule; one that this case has tried before is not. */
function tryNewCard(
  state: RetryState,
  own: RecoveryCase,
  work: Work,
): 'charging' | 'postponed' | 'no_payment_method' {
  const { invoice, view } = state
  const { currency } = invoice
  const open = { ...own, retryNowAt: null }
  const charge = { amountMinor: owedMinor(invoice), currency, at: work.at }
  const card = cardToTry(view, charge)
  if (card === null || wasTried(card, view) || mayCharge(card, charge).kind !== 'allowed') {
    work.changes.changedCases.push({ ...open, planAt: work.at })
    return 'postponed'
  }
  const made = makeTry(state, { open, during: open, gatewayId: null, kind: 'scheduled' }, work)
  if (made.kind === 'charging') return 'charging'
  work.changes.changedCases.push({ ...open, planAt: work.at })
  return 'postponed'
}

function wasTried({ paymentMethodId, guarded }: CaseCard, { tries }: CaseView): boolean {
  const since = guarded?.dataAt
  return tries.some(
    (one) => one.paymentMethodId === paymentMethodId && (since === undefined || one.at >= since),
  )
}

/** The next step of the schedule is due: decided again on what is known now. */
function goOn(state: RetryState, own: RecoveryCase, work: Work): RetryDecision['result'] {
  const { at, changes } = work
  const { recovery, decision } = planTry(state, own, at)
  const next = { ...recovery, timesMoved: own.timesMoved + 1 }
  switch (decision.kind) {
    case 'give_up':
    case 'wait_for_card':
      if (decision.dueAt <= at) return giveUp(state, own, work)
      break
    case 'wait_for_chance':
      break
    case 'try': {
      const isAllowed = decision.guard.kind === 'allowed'
      const isNow = decision.dueAt - at < DUE_NOW_MS || own.timesMoved >= MOVES_MAX
      if (!isAllowed || !isNow) break
      if (own.gatewayId !== decision.gatewayId)
        changes.newCaseDecisions.push({ ...atOnce(decision, at), caseId: own.id })
      return chargeNow(state, { own, gatewayId: decision.gatewayId }, work)
    }
    default:
      return assertNever(decision.kind)
  }
  changes.changedCases.push(next)
  changes.newCaseDecisions.push({ ...decision, caseId: own.id })
  return 'postponed'
}

/** A runner-up of the same instant, another gateway, stays one. */
function atOnce(decision: CaseDecision, at: Instant): CaseDecision {
  const { runnerUp, dueAt } = decision
  const beside = runnerUp !== null && runnerUp.at === dueAt ? { ...runnerUp, at } : runnerUp
  return { ...decision, dueAt: at, runnerUp: beside }
}

function chargeNow(
  state: RetryState,
  given: { readonly own: RecoveryCase; readonly gatewayId: CaseGateway },
  work: Work,
): RetryDecision['result'] {
  const { own, gatewayId } = given
  const { at, changes } = work
  const during = { ...own, nextAttemptAt: null, planAt: null }
  const salvage = salvageOf(own, state.view)
  const made = makeTry(state, { open: own, during, gatewayId, kind: 'scheduled', ...salvage }, work)
  switch (made.kind) {
    case 'charging':
      return 'charging'
    case 'no_route': {
      const openCases = state.billed.openCases.map((open) => (open.id === own.id ? during : open))
      changes.facts.push(uncollectedFact(state, own.retriesMade + 1, at))
      collectionFailed({ ...state.billed, openCases }, state, made.code, work)
      return 'no_payment_method'
    }
    case 'forbidden': {
      const { allowedAt } = made.denied
      if (allowedAt !== null) {
        changes.changedCases.push({ ...own, nextAttemptAt: allowedAt })
        return 'postponed'
      }
      const dueAt = cardAwaitedUntil(own, state.view.policy)
      if (dueAt <= at) return giveUp(state, own, work)
      changes.changedCases.push({ ...own, nextAttemptAt: dueAt, waitsFor: 'card' })
      return 'postponed'
    }
    default:
      return assertNever(made)
  }
}

type CaseGateway = RecoveryCase['gatewayId']

export type MadeTry =
  | { readonly kind: 'charging' }
  | { readonly kind: 'no_route'; readonly code: string }
  | { readonly kind: 'forbidden'; readonly denied: DeniedCharge }

/**
 * Plans the charge of a case, unless the guard forbids it on the card that the route leads to: nothing that charges a
 * case goes another way. `during`: the case while the charge is out.
 */
export function makeTry(
  state: RetryState,
  of: {
    readonly open: RecoveryCase
    readonly during: RecoveryCase
    readonly gatewayId: CaseGateway
    readonly kind: 'scheduled' | 'manual'
    /** Whatever routes the charges otherwise, if the card has a token there. */
    readonly fixedGatewayId?: CaseGateway
    /** Of what is owed; all when absent. */
    readonly percent?: number
  },
  work: Work,
): MadeTry {
  const { billed, invoice } = state
  const { id: invoiceId } = invoice
  const { gatewayId, fixedGatewayId = null, percent = 100 } = of
  const { found, denied } = findRetryRoute(state, {
    gatewayId,
    fixedGatewayId,
    percent,
    at: work.at,
  })
  if (denied !== null) return { kind: 'forbidden', denied }
  if (found.kind === 'none') {
    addStop(found, { invoiceId, paymentIntentId: null }, work)
    return { kind: 'no_route', code: found.code }
  }
  const book = billed.routing?.routing.book
  const retry = { number: of.open.retriesMade + 1, kind: of.kind }
  const due = chargeAtTax(state, { invoice, found }, work)
  const number = state.attemptsMade + 1
  if (percent < 100) addPart(due.found, { invoice: due.invoice, number, retry, percent }, work)
  else addCharge(due.found, { invoice: due.invoice, number, retry, book }, work)
  work.changes.changedCases.push(of.during)
  return { kind: 'charging' }
}
