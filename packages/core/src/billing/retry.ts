import { isOpen } from '../invoices/index.ts'
import { closeCase } from '../recovery/index.ts'
import type { Instant } from '../time/index.ts'
import { emptyChangeSet, type ChangeSet } from './change-set.ts'
import { uncollectedFact } from './facts.ts'
import { attemptFor, type BillingTools } from './issue-bill.ts'
import { collectionFailed, type SettlementState } from './settle.ts'

export type RetryState = Omit<SettlementState, 'attempt' | 'route' | 'billed'> & {
  readonly billed: NonNullable<SettlementState['billed']>
  readonly attemptsMade: number
}

export type RetryDecision = {
  readonly result: 'charging' | 'no_payment_method' | 'closed'
  readonly changes: ChangeSet
}

/**
 * The next try of an open recovery case that is due: a new attempt on the best route, a failed retry when
 * there is no method to charge, or nothing when the invoice was settled some other way.
 */
export function decideRetry(state: RetryState, at: Instant, tools: BillingTools): RetryDecision {
  const { billed, invoice } = state
  const changes = emptyChangeSet()
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  if (own === undefined) return { result: 'closed', changes }
  if (!isOpen(invoice.status)) {
    changes.changedCases.push(
      closeCase(own, invoice.status === 'paid' ? 'recovered' : 'canceled', at),
    )
    return { result: 'closed', changes }
  }
  const number = state.attemptsMade + 1
  const route = billed.routes[0]
  if (route === undefined) {
    const waiting = { ...own, nextAttemptAt: null }
    changes.facts.push(uncollectedFact({ invoice, lines: state.lines }, own.retriesMade + 1, at))
    collectionFailed(
      { ...billed, openCases: billed.openCases.map((open) => (open === own ? waiting : open)) },
      state,
      'no_payment_method',
      at,
      tools,
      changes,
    )
    return { result: 'no_payment_method', changes }
  }
  changes.newAttempts.push(attemptFor(invoice, route, { id: tools.nextId(), number }, at))
  changes.changedCases.push({ ...own, nextAttemptAt: null })
  return { result: 'charging', changes }
}
