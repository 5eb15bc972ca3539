import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { planAttempt, startIntent, type GatewayOutcome } from '../../payments/index.ts'
import { decideIntentSettlement, decideSettlement, receiptsOf } from '../index.ts'
import type { ChangeSet } from '../state/change-set.ts'
import {
  APPROVED,
  at,
  DECLINED,
  newIntent,
  numberedId,
  PENDING,
  ROUTE,
  SILENCE,
  usd,
} from '../test-samples.ts'
import { paidShop } from '../test-shop.ts'

const NOW = at('2027-02-28')
let next = 900
const tools = { nextId: () => numberedId((next += 1)), nextToken: () => 'token' }

type Charge = {
  readonly outcome?: GatewayOutcome
  readonly receiptEmail?: string | null
  readonly operation?: 'charge' | 'authorize' | 'capture'
}

/** What an answer to a charge of a payment intent changes. */
function answered({ outcome = APPROVED, receiptEmail = null, operation = 'charge' }: Charge): ChangeSet {
  const captureMethod = operation === 'charge' ? 'automatic' : 'manual'
  const wish = { captureMethod, receiptEmail, description: 'Poster' } as const
  const intent = { ...startIntent(newIntent(wish), NOW), status: 'processing' } as const
  const request = {
    id: numberedId(51),
    customerId: intent.customerId,
    amountMinor: intent.amountMinor,
    currency: usd(),
    invoiceId: null,
    paymentIntentId: intent.id,
    subscriptionId: null,
    attemptNumber: 1,
    isCustomerPresent: true,
    operation,
  }
  const attempt = planAttempt(request, ROUTE, NOW)
  return decideIntentSettlement({ intent, attempt, route: ROUTE }, outcome, NOW, tools).changes
} // prettier-ignore

/** "to whom amount for what" of every receipt. */
function tellReceipts(changes: ChangeSet, everyPayment: boolean): readonly string[] {
  return receiptsOf(changes, { everyPayment }).map(({ payment, email, description }) =>
    [email, payment.amountMinor, description].join(' '),
  )
}

const ada = { receiptEmail: 'ada@example.com' }
const ROWS: readonly (readonly [string, Charge, asked: string[], every: string[]])[] = [
  ['one that asks', ada, ['ada@example.com 4900 Poster'], ['ada@example.com 4900 Poster']],
  ['one that does not', {}, [], [' 4900 Poster']],
  ['refused', { ...ada, outcome: DECLINED }, [], []],
  ['pending', { ...ada, outcome: PENDING }, [], []],
  ['without an answer', { ...ada, outcome: SILENCE }, [], []],
  ['only held', { ...ada, operation: 'authorize' }, [], []],
  ['captured', { ...ada, operation: 'capture' }, ['ada@example.com 4900 Poster'], ['ada@example.com 4900 Poster']], // prettier-ignore
]
for (const [name, charge, asked, every] of ROWS) {
  test(`a payment that is ${name} has ${asked.length} receipts, or ${every.length} where every payment has`, () => {
    const changes = answered(charge)
    deepEqual(tellReceipts(changes, false), asked)
    deepEqual(tellReceipts(changes, true), every)
  })
}

test('the receipt of a renewal tells its invoice as it is paid, with its lines, where every payment has one', () => {
  const shop = paidShop()
  shop.step(NOW)
  const [attempt] = shop.liveAttempts()
  ok(attempt !== undefined && attempt.invoiceId !== null)
  const state = { ...shop.billed(attempt.invoiceId), attempt, route: ROUTE }
  const { changes } = decideSettlement(state, APPROVED, NOW, tools)
  deepEqual(receiptsOf(changes, { everyPayment: false }), [])
  const [receipt, ...more] = receiptsOf(changes, { everyPayment: true })
  ok(receipt !== undefined)
  deepEqual(more, [])
  const { email, description, invoice, lines, payment } = receipt
  deepEqual(
    [email, description, invoice?.id, invoice?.status, payment.cardLast4],
    [null, null, attempt.invoiceId, 'paid', '4242'],
  )
  deepEqual(lines, state.lines)
  ok(lines.length > 0)
})
