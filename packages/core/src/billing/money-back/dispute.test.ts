import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Dispute } from '../../disputes/index.ts'
import { balances, type Transfer } from '../../ledger/index.ts'
import type { DisputeStatus, GatewayDispute } from '../../payments/index.ts'
import { addDays, addMs } from '../../time/index.ts'
import {
  decideAnswered,
  decideDispute,
  decideMissedDeadline,
  type BillingTools,
  type ChangeSet,
  type DisputeState,
  type OnDispute,
} from '../index.ts'
import { at, numberedId, usd } from '../test-samples.ts'
import { paidShop } from '../test-shop.ts'

const OPENED = at('2027-02-05')

/** All of 49.00 is disputed, for a fee of 15.00, to be answered within a fortnight. */
function told(status: DisputeStatus, feeMinor = 1500n): GatewayDispute {
  return {
    disputeReference: 'dp_1',
    chargeReference: 'ch_1',
    status,
    amountMinor: 4900n,
    currency: usd(),
    feeMinor,
    reason: 'fraudulent',
    networkReasonCode: '10.4',
    networkReasonDescription: null,
    evidenceDueAt: addDays(OPENED, 14),
  }
}

/** One disputed payment, and everything that was written about it. */
class Desk {
  readonly shop = paidShop()
  readonly transfers: Transfer[] = []
  readonly news: string[] = []
  readonly moved: string[] = []
  readonly onDispute: OnDispute
  dispute: Dispute | null = null
  #made = 5000

  constructor(onDispute: OnDispute = 'none') {
    this.onDispute = onDispute
  }

  state(): DisputeState {
    const [sale] = this.shop.heldSales()
    ok(sale !== undefined && sale.gatewayId !== null)
    const { dispute, onDispute } = this
    const billed = [{ ...this.shop.state(), onDispute }]
    return { sale, gatewayId: sale.gatewayId, dispute, earlierDisputes: 0, facts: {}, billed }
  }

  tools(): BillingTools {
    return { nextId: () => numberedId((this.#made += 1)), nextToken: () => '' }
  }

  hear(status: DisputeStatus, on = OPENED, feeMinor = 1500n): string {
    const word = { told: told(status, feeMinor), toldAt: on }
    const { result, changes } = decideDispute(this.state(), word, on, this.tools())
    this.write(changes)
    return result
  }

  write(changes: ChangeSet): void {
    this.dispute = changes.newDisputes[0] ?? changes.changedDisputes[0] ?? this.dispute
    this.transfers.push(...changes.transfers)
    this.news.push(...changes.facts.map(({ type }) => type))
    this.moved.push(
      ...changes.newTransactions.map(({ type, amountMinor }) => `${type} ${amountMinor}`),
      ...changes.voidedTransactions.map(() => 'voided'),
    )
    for (const subscription of changes.changedSubscriptions) this.shop.subscription = subscription
  }

  nets(): string[] {
    const found = balances(this.transfers).filter(({ netMinor }) => netMinor !== 0n)
    return found.map(({ account, netMinor }) => `${account} ${netMinor}`)
  }
}

const LOST = ['dispute_fees 1500', 'disputes 4900', 'gateway_clearing -6400']
const WON = ['dispute_fees 1500', 'gateway_clearing -1500']

const STORIES: readonly (readonly [
  words: readonly DisputeStatus[],
  end: string,
  nets: readonly string[],
  news: readonly string[],
])[] = [
  [['needs_response'], 'needs_response', LOST, ['dispute.created', 'payment.disputed']],
  [
    ['needs_response', 'lost'],
    'lost',
    LOST,
    ['dispute.created', 'payment.disputed', 'dispute.closed'],
  ],
  [
    ['needs_response', 'under_review', 'won'],
    'won',
    WON,
    ['dispute.created', 'payment.disputed', 'dispute.updated', 'dispute.closed'],
  ],
  [
    ['needs_response', 'withdrawn'],
    'won',
    WON,
    ['dispute.created', 'payment.disputed', 'dispute.closed'],
  ],
  // Won, and charged back a second time.
  [
    ['needs_response', 'won', 'lost'],
    'lost',
    LOST,
    ['dispute.created', 'payment.disputed', 'dispute.closed', 'dispute.closed'],
  ],
  // Lost, and given back after all.
  [
    ['needs_response', 'lost', 'won'],
    'won',
    WON,
    ['dispute.created', 'payment.disputed', 'dispute.closed', 'dispute.closed'],
  ],
  // Taken up again, defended again, and lost at last.
  [
    ['needs_response', 'won', 'needs_response', 'under_review', 'won', 'lost'],
    'lost',
    LOST,
    [
      'dispute.created',
      'payment.disputed',
      'dispute.closed',
      'dispute.updated',
      'dispute.updated',
      'dispute.closed',
      'dispute.closed',
    ],
  ],
  [['warning_needs_response'], 'warning_needs_response', [], ['dispute.created']],
  [
    ['warning_needs_response', 'warning_closed'],
    'warning_closed',
    [],
    ['dispute.created', 'dispute.closed'],
  ],
  // It seemed over, and the bank charges back after all.
  [
    ['warning_needs_response', 'warning_closed', 'needs_response'],
    'needs_response',
    LOST,
    ['dispute.created', 'dispute.closed', 'payment.disputed', 'dispute.updated'],
  ],
  [
    ['warning_needs_response', 'warning_closed', 'won'],
    'won',
    WON,
    ['dispute.created', 'dispute.closed', 'payment.disputed', 'dispute.closed'],
  ],
  [
    ['warning_needs_response', 'needs_response'],
    'needs_response',
    LOST,
    ['dispute.created', 'payment.disputed', 'dispute.updated'],
  ],
]

for (const [words, end, nets, news] of STORIES) {
  test(`told ${words.join(', then ')}: ${end}`, () => {
    const desk = new Desk()
    words.forEach((word, index) => desk.hear(word, addDays(OPENED, index)))
    equal(desk.dispute?.status, end)
    deepEqual(desk.nets(), nets)
    deepEqual(desk.news, news)
    words.forEach((word) => equal(desk.hear(word, OPENED), 'ignored', 'the same words again'))
    deepEqual(desk.nets(), nets)
  })
}

test('the last word first: the ones before it come too late', () => {
  const desk = new Desk()
  const words = ['won', 'under_review', 'needs_response'] as const
  words.forEach((word, index) => desk.hear(word, addDays(OPENED, -index)))
  deepEqual([desk.dispute?.status, desk.nets()], ['won', WON])
  deepEqual(desk.news, ['dispute.created', 'payment.disputed', 'dispute.closed'])
})

test('each time the money is taken it is another movement, and a fee that stays the same is taken once', () => {
  const desk = new Desk()
  const words = ['needs_response', 'won', 'lost', 'won', 'lost'] as const
  words.forEach((word, index) => desk.hear(word, addDays(OPENED, index)))
  deepEqual(desk.moved, ['dispute 4900', 'voided', 'dispute 4900', 'voided', 'dispute 4900'])
  const sources = desk.transfers.map(({ sourceKind, sourceId }) => `${sourceKind} ${sourceId}`)
  equal(new Set(sources).size, sources.length)
  const subscription = desk.news.filter((type) => type.startsWith('subscription.'))
  deepEqual(subscription, [])
})

const FEES: readonly (readonly [
  what: string,
  words: readonly (readonly [DisputeStatus, feeMinor: bigint])[],
  feesMinor: readonly bigint[],
  news: string,
])[] = [
  ['told after the first word', [['needs_response', 0n], ['needs_response', 1500n]], [1500n], 'dispute.updated'],
  ['told once it is closed', [['lost', 0n], ['lost', 1500n]], [1500n], 'dispute.updated'],
  ['of a second chargeback', [['needs_response', 1500n], ['won', 1500n], ['lost', 3000n]], [1500n, 1500n], 'dispute.closed'],
  ['raised twice on one movement', [['lost', 500n], ['lost', 1500n], ['lost', 1600n]], [500n, 1000n, 100n], 'dispute.updated'],
  ['that is given back is a line of its own', [['needs_response', 1500n], ['won', 0n]], [1500n], 'dispute.closed'],
] // prettier-ignore

for (const [what, words, feesMinor, news] of FEES) {
  test(`a fee ${what} is booked as it is told`, () => {
    const desk = new Desk()
    words.forEach(([word, feeMinor], index) => desk.hear(word, addDays(OPENED, index), feeMinor))
    const fees = desk.transfers.filter(({ debit }) => debit === 'dispute_fees')
    deepEqual(
      fees.map(({ amountMinor }) => amountMinor),
      feesMinor,
    )
    const sources = fees.map(({ sourceId, sourcePosition }) => `${sourceId} ${sourcePosition}`)
    equal(new Set(sources).size, fees.length)
    equal(
      desk.dispute?.feeMinor,
      feesMinor.reduce((sum, minor) => sum + minor, 0n),
    )
    equal(desk.news.at(-1), news)
  })
}

test('a movement takes the money, and is voided when it comes back', () => {
  const desk = new Desk()
  desk.hear('needs_response')
  deepEqual(desk.moved, ['dispute 4900'])
  desk.hear('won', addDays(OPENED, 1))
  deepEqual(desk.moved, ['dispute 4900', 'voided'])
})

test('a deadline that nobody met loses the dispute; the gateway may still say otherwise', () => {
  const desk = new Desk()
  desk.hear('needs_response')
  const due = desk.dispute?.nextDueAt ?? OPENED
  const early = { ...desk.state(), dispute: desk.dispute ?? nobody() }
  equal(decideMissedDeadline(early, addMs(due, -1), desk.tools()), null)
  desk.write(decideMissedDeadline(early, due, desk.tools()) ?? nobody())
  equal(desk.dispute?.status, 'lost')
  deepEqual(desk.nets(), LOST)
  desk.hear('won', addDays(due, 3))
  deepEqual([desk.dispute?.status, desk.nets()], ['won', WON])
})

test('a chargeback after a warning that nobody answered takes the money, and the rule counts', () => {
  const desk = new Desk('pause')
  desk.hear('warning_needs_response')
  const due = desk.dispute?.nextDueAt ?? OPENED
  const warned = { ...desk.state(), dispute: desk.dispute ?? nobody() }
  desk.write(decideMissedDeadline(warned, due, desk.tools()) ?? nobody())
  deepEqual([desk.dispute?.status, desk.nets()], ['warning_closed', []])
  equal(desk.hear('needs_response', addDays(due, 10)), 'changed')
  deepEqual([desk.dispute?.status, desk.nets()], ['needs_response', LOST])
  equal(desk.shop.subscription.status, 'paused')
})

test('an answer puts it under review', () => {
  const desk = new Desk()
  desk.hear('needs_response')
  const state = { ...desk.state(), dispute: desk.dispute ?? nobody() }
  desk.write(
    decideAnswered(
      state,
      { answer: 'submit', status: 'under_review' },
      addDays(OPENED, 1),
      desk.tools(),
    ),
  )
  deepEqual([desk.dispute?.status, desk.dispute?.evidenceSubmittedAt], ['under_review', addDays(OPENED, 1)]) // prettier-ignore
})

const OBEYED: readonly (readonly [OnDispute, words: readonly DisputeStatus[], status: string, news: string[]])[] = [
  ['none', ['needs_response'], 'active', []],
  ['pause', ['needs_response'], 'paused', ['subscription.paused']],
  ['cancel', ['needs_response'], 'canceled', ['subscription.canceled']],
  ['cancel', ['lost'], 'canceled', ['subscription.canceled']],
  ['cancel', ['warning_needs_response'], 'active', []],
  // The words before it got lost: the money is back.
  ['cancel', ['won'], 'active', []],
  ['pause', ['withdrawn'], 'active', []],
  ['cancel', ['warning_needs_response', 'won'], 'active', []],
] // prettier-ignore

for (const [onDispute, words, status, news] of OBEYED) {
  test(`told ${words.join(', then ')} with on_dispute ${onDispute}: it is ${status}`, () => {
    const desk = new Desk(onDispute)
    words.forEach((word, index) => desk.hear(word, addDays(OPENED, index)))
    equal(desk.shop.subscription.status, status)
    deepEqual(desk.news.filter((type) => type.startsWith('subscription.')), news) // prettier-ignore
  })
}

function nobody(): never {
  throw new Error('the desk has a dispute')
}
