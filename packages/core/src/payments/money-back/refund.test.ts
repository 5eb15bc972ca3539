import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assert } from '../../fault/index.ts'
import {
  beginRefund,
  refundFailedTransfers,
  refundTransaction,
  refundTransfers,
  requestRefund,
  requestVoid,
  saleOf,
  settleRefund,
  failVoid,
  settleVoid,
  withoutRefund,
  type Refund,
  type RefundOutcome,
  type RefundWish,
  type Sale,
} from '../index.ts'
import { ROUTE, at, attemptIn, numberedId } from '../test-payment.ts'

const NOW = at('2027-02-05')

/** 49.00 on 1 February. */
function sale(more: Partial<Sale> = {}): Sale {
  const attempt = { ...attemptIn('succeeded'), gatewayReference: 'ch_1' }
  const booked = saleOf(attempt, { id: numberedId(8), route: ROUTE }, at('2027-02-01'))
  return { ...booked, refundedMinor: 0n, takenBackMinor: 0n, refundCount: 0, ...more }
}

function wish(more: Partial<RefundWish> = {}): RefundWish {
  return {
    id: numberedId(20),
    amountMinor: null,
    mode: 'at_once',
    reason: null,
    reasonDetails: null,
    creditNoteId: null,
    realNow: at('2030-01-01'),
    ...more,
  }
}

const PARTIAL = { ability: 'partial', at: NOW } as const

/** "refused code", or "status amount of the refund, refunded of the sale". */
const REQUESTS: readonly (readonly [
  sale: Partial<Sale>,
  wish: Partial<RefundWish>,
  ability: 'partial' | 'full' | 'none' | null,
  result: string,
])[] = [
  [{}, {}, 'partial', 'processing 4900, 4900'],
  [{}, { amountMinor: 1n }, 'partial', 'processing 1, 1'],
  [{ refundedMinor: 4800n }, {}, 'partial', 'processing 100, 4900'],
  [{ refundedMinor: 4800n }, { amountMinor: 101n }, 'partial', 'refund_above_rest'],
  [{ refundedMinor: 4900n }, {}, 'partial', 'payment_already_refunded'],
  [{ takenBackMinor: 4900n }, {}, 'partial', 'payment_taken_back'],
  [{ takenBackMinor: 4000n }, {}, 'partial', 'processing 900, 900'],
  [{ status: 'failed' }, {}, 'partial', 'payment_not_refundable'],
  [{ status: 'voided' }, {}, 'partial', 'payment_not_refundable'],
  [{ type: 'refund' }, {}, 'partial', 'payment_not_refundable'],
  [{}, {}, 'none', 'gateway_cannot_refund'],
  [{}, {}, 'full', 'processing 4900, 4900'],
  [{}, { amountMinor: 4899n }, 'full', 'gateway_refunds_in_full_only'],
  [{ refundedMinor: 1n }, {}, 'full', 'gateway_refunds_in_full_only'],
  [{ gatewayId: null }, { amountMinor: 9n }, null, 'succeeded 9, 9'], // by hand: done when recorded
  [{}, { mode: 'delayed' }, 'partial', 'processing 4900, 4900'], // 4 days old
  [{ createdAt: at('2027-02-03') }, { mode: 'delayed' }, 'partial', 'pending 4900, 4900'],
]

test('a payment gives back what it took, once, as its gateway can', () => {
  for (const [more, wanted, ability, result] of REQUESTS) {
    const decision = requestRefund(sale(more), wish(wanted), { ability, at: NOW })
    const told =
      decision.kind === 'refused'
        ? decision.code
        : `${decision.refund.status} ${decision.refund.amountMinor}, ${decision.sale.refundedMinor}`
    equal(told, result, JSON.stringify([Object.keys(more), ability]))
  }
})

test('a delayed refund is due 72 hours after the payment, and only then begun', () => {
  const decision = requestRefund(
    sale({ createdAt: at('2027-02-03') }),
    wish({ mode: 'delayed' }),
    PARTIAL,
  )
  assert(decision.kind === 'accepted', 'the payment can be refunded')
  equal(decision.refund.sendAt, at('2027-02-06'))
  const begun = beginRefund(decision.refund, at('2030-01-01'), at('2027-02-06'))
  deepEqual([begun.status, begun.sends, begun.sendAt], ['processing', 1, null])
  throws(() => beginRefund(begun, at('2030-01-01'), NOW))
})

function refundIn(more: Partial<Refund> = {}): Refund {
  const decision = requestRefund(sale(), wish({ amountMinor: 900n }), PARTIAL)
  assert(decision.kind === 'accepted', 'the payment can be refunded')
  return { ...decision.refund, ...more }
}

const DONE: RefundOutcome = { kind: 'succeeded', gatewayReference: 're_1' }
const FAILURE = { code: 'charge_disputed', message: 'The bank has the money.' }
const FAILED: RefundOutcome = { kind: 'failed', gatewayReference: null, failure: FAILURE }
const AT_WORK: RefundOutcome = { kind: 'pending', gatewayReference: 're_1' }
const SILENT: RefundOutcome = { kind: 'unknown', gatewayReference: null, cause: 'timed out' }
const ASKED_AGAIN = { checkAt: at('2027-02-04'), gatewayReference: 're_1' }

const ANSWERS: readonly (readonly [Partial<Refund>, RefundOutcome, result: string])[] = [
  [{}, DONE, 'settled succeeded'],
  [{}, FAILED, 'settled failed'],
  [{}, AT_WORK, 'waiting processing'],
  [{}, SILENT, 'ignored'], // looked up when its lease runs out
  [ASKED_AGAIN, SILENT, 'waiting processing'],
  [ASKED_AGAIN, DONE, 'settled succeeded'],
  [{ status: 'succeeded' }, DONE, 'ignored'],
  [{ status: 'succeeded' }, FAILED, 'undone failed'], // the bank sent it back
  [{ status: 'failed' }, DONE, 'ignored'],
  [{ status: 'failed' }, FAILED, 'ignored'],
  [{ status: 'pending' }, DONE, 'ignored'],
]

test('an answer settles a refund once, and a failure after success undoes it', () => {
  for (const [more, outcome, result] of ANSWERS) {
    const settled = settleRefund(refundIn(more), outcome, NOW)
    const told = settled.kind === 'ignored' ? 'ignored' : `${settled.kind} ${settled.refund.status}`
    equal(told, result, `${more.status ?? 'processing'} ${outcome.kind}`)
  }
})

test('a refund is less revenue and less at whoever held the money; undone, it is reversed', () => {
  let made = 30
  const nextId = () => numberedId((made += 1))
  const succeeded = refundIn({ status: 'succeeded' })
  const posted = refundTransfers(succeeded, 0n, { at: NOW, nextId })
  const sides = posted.map((each) => `${each.debit}<${each.credit} ${each.amountMinor}`)
  deepEqual(sides, ['refunds<gateway_clearing 900'])
  const taxed = refundTransfers(succeeded, 150n, { at: NOW, nextId })
  deepEqual(
    taxed.map((each) => `${each.debit}<${each.credit} ${each.amountMinor} ${each.sourcePosition}`),
    ['refunds<gateway_clearing 900 0', 'tax_payable<refunds 150 1'],
  )
  const byHand = refundTransfers({ ...succeeded, gatewayId: null }, 0n, { at: NOW, nextId })
  equal(byHand[0]?.credit, 'bank')
  const [undone] = refundFailedTransfers(posted, succeeded, { at: NOW, nextId })
  deepEqual(
    [undone?.debit, undone?.credit, undone?.reversalOf, undone?.sourceKind],
    ['gateway_clearing', 'refunds', numberedId(31), 'refund_failed'],
  )
  const movement = refundTransaction(succeeded, sale(), NOW)
  deepEqual(
    [movement.id, movement.type, movement.parentTransactionId],
    [succeeded.id, 'refund', numberedId(8)],
  )
})

test('however refunds are asked for and fail, what has not failed never exceeds the payment', () => {
  const steps = fc.array(
    fc.record({ amountMinor: fc.bigInt({ min: 1n, max: 6000n }), fails: fc.boolean() }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(steps, (asked) => {
      let stands = sale()
      let givenBack = 0n
      for (const { amountMinor, fails } of asked) {
        const decision = requestRefund(stands, wish({ amountMinor }), PARTIAL)
        if (decision.kind === 'refused') {
          ok(givenBack + amountMinor > stands.amountMinor)
          continue
        }
        stands = fails ? withoutRefund(decision.sale, decision.refund) : decision.sale
        if (!fails) givenBack += amountMinor
        equal(stands.refundedMinor, givenBack)
        ok(givenBack <= stands.amountMinor)
      }
    }),
  )
})

const VOIDS: readonly (readonly [Partial<Sale>, isAble: boolean, result: string])[] = [
  [{}, true, 'processing 4900'],
  [{ status: 'voided' }, true, 'payment_not_voidable'],
  [{ status: 'failed' }, true, 'payment_not_voidable'],
  [{ refundedMinor: 1n }, true, 'payment_has_refunds'],
  [{ takenBackMinor: 1n }, true, 'payment_taken_back'],
  [{ gatewayId: null }, true, 'payment_has_no_gateway'],
  [{}, false, 'gateway_cannot_void'],
]

test('a payment is called off whole or not at all', () => {
  for (const [more, isAble, result] of VOIDS) {
    const asked = { id: numberedId(40), reason: null, reasonCode: null, endsInvoice: false }
    const decision = requestVoid(sale(more), asked, { isAble, at: NOW })
    const told =
      decision.kind === 'refused'
        ? decision.code
        : `${decision.paymentVoid.status} ${decision.paymentVoid.amountMinor}`
    equal(told, result)
  }
})

test('the gateway says whether a payment could be called off; silence leaves it open', () => {
  const asked = { id: numberedId(40), reason: null, reasonCode: null, endsInvoice: false }
  const decision = requestVoid(sale(), asked, { isAble: true, at: NOW })
  assert(decision.kind === 'accepted', 'the payment can be called off')
  const { paymentVoid } = decision
  equal(settleVoid(paymentVoid, { kind: 'unknown', cause: 'timed out' }, NOW), null)
  const done = settleVoid(paymentVoid, { kind: 'voided' }, NOW)
  deepEqual([done?.status, done?.voidedAt], ['succeeded', NOW])
  const settled = { kind: 'refused', code: 'settled', message: null } as const
  const failed = settleVoid(paymentVoid, settled, NOW)
  deepEqual([failed?.status, failed?.failure?.code, failed?.voidedAt], ['failed', 'settled', null])
  assert(done !== null, 'it was called off')
  equal(settleVoid(done, settled, NOW), null)
  equal(settleVoid(done, { kind: 'pending' }, NOW), null)

  // A gateway that decides later: nothing is done until it says so, and what it did may still fail.
  const waiting = settleVoid(paymentVoid, { kind: 'pending' }, NOW)
  assert(waiting !== null, 'the gateway has taken it down')
  deepEqual([waiting.status, waiting.voidedAt], ['pending', null])
  equal(settleVoid(waiting, { kind: 'pending' }, NOW), null)
  equal(settleVoid(waiting, settled, NOW)?.status, 'failed')
  const later = settleVoid(waiting, { kind: 'voided' }, NOW)
  assert(later !== null, 'the gateway has done it')
  equal(failVoid(waiting, settled, NOW), null)
  const bounced = failVoid(later, settled, NOW)
  deepEqual(
    [bounced?.status, bounced?.voidedAt, bounced?.failure?.code],
    ['failed', null, 'settled'],
  )
})
