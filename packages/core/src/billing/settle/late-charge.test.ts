import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { decideLateCharge } from '../index.ts'
import { at, DECLINED, numberedId, ROUTE } from '../test-samples.ts'
import { paidShop } from '../test-shop.ts'

/** A renewal whose charge was refused, and the answer that it went through after all. */
function refusedRenewal({ byHandMinor = 0n } = {}) {
  const shop = paidShop()
  shop.step(at('2027-02-28'))
  const [live] = shop.liveAttempts()
  ok(live !== undefined && live.invoiceId !== null)
  shop.answer(DECLINED, at('2027-02-28'))
  const attempt = shop.attempts.get(live.id)
  const refused = shop.transactions.find(({ attemptId }) => attemptId === live.id)
  const { invoice } = shop.billed(live.invoiceId)
  ok(attempt !== undefined && refused !== undefined)
  if (byHandMinor > 0n) shop.payByHand(invoice, byHandMinor, at('2027-03-01'))
  const state = { ...shop.billed(live.invoiceId), attempt, refused, route: ROUTE }
  return { ...state, isBeingPaid: false }
}

let next = 900
const tools = { nextId: () => numberedId((next += 1)), nextToken: () => 'token' }
const CHARGED = { kind: 'succeeded', gatewayReference: 'ch_1', networkTransactionId: null } as const
const decide = (state: ReturnType<typeof refusedRenewal> & { isAccepted?: boolean }) =>
  decideLateCharge(state, CHARGED, at('2027-03-02'), tools)

test('a refused charge that went through after all pays what it was for, as the same sale', () => {
  const state = refusedRenewal()
  const changes = decide(state)
  ok(changes !== null)
  const { changedAttempts, lateSales, changedInvoices, changedCases, facts } = changes
  deepEqual(
    [changedAttempts[0]?.state, lateSales[0]?.id, lateSales[0]?.status, changedInvoices[0]?.status],
    ['succeeded', state.refused.id, 'succeeded', 'paid'],
  )
  deepEqual(changes.newTransactions, [], 'there is one sale of an attempt')
  deepEqual(
    changedCases.map((each) => each.state),
    ['recovered'],
  )
  deepEqual(
    facts.slice(0, 2).map(({ type }) => type),
    ['payment.succeeded', 'invoice.paid'],
  )
  deepEqual(
    changes.transfers.map(({ debit, credit, amountMinor }) => [debit, credit, amountMinor]),
    [['gateway_clearing', 'receivable', state.attempt.amountMinor]],
  )
})

test('what is owed no more, may be paid by another charge, or is a bank debit is left to a person', () => {
  const state = refusedRenewal()
  const { attempt } = state
  for (const [what, left] of [
    ['another charge is under way', { ...state, isBeingPaid: true }],
    ['it was paid otherwise', refusedRenewal({ byHandMinor: attempt.amountMinor })],
    ['it was paid in part', refusedRenewal({ byHandMinor: 1n })],
    ['a bank debit', { ...state, route: { ...ROUTE, methodType: 'us_bank_account' } as const }],
    ['only held', { ...state, attempt: { ...attempt, operation: 'authorize' } as const }],
  ] as const)
    deepEqual(decide(left), null, what)
})

test('a bank debit that a person has accepted pays what it was for', () => {
  const state = refusedRenewal()
  const debit = { ...state, route: { ...ROUTE, methodType: 'us_bank_account' } as const }
  const changes = decide({ ...debit, isAccepted: true })
  deepEqual(changes?.changedInvoices[0]?.status, 'paid')
  deepEqual(decide({ ...debit, isAccepted: true, isBeingPaid: true }), null)
})
