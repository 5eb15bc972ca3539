import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type { ChargeRequest, GatewayNotice, GatewayPort } from '@perennial/core/payments'
import { addDays, parseInstant, type Instant } from '@perennial/core/time'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { systemClock } from '../../platform/clock/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { createSimulatedGateway } from './index.ts'

const ids = createIds({ clock: systemClock(), random: randomBytes })
const accountId = ids.next()

async function withGateway(
  use: (port: Required<Pick<GatewayPort, 'listNotices'>> & GatewayPort) => Promise<void>,
): Promise<void> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  const settings = { gateway: 'amber', timeoutMs: 2_000, connections: 2 }
  const port = createSimulatedGateway({ worldUrl: world.url, ...settings })
  const { listNotices } = port
  assert(listNotices !== undefined)
  try {
    await use({ ...port, listNotices })
  } finally {
    await port.close()
    await world.close()
  }
}

function instant(text: string): Instant {
  const parsed = parseInstant(text)
  assert(parsed !== null)
  return parsed
}

const MAY_3 = instant('2027-05-03T12:00:00Z')

function chargeOf(token: string): ChargeRequest {
  const currency = parseCurrency('USD')
  assert(currency !== null)
  return {
    accountId,
    idempotencyKey: ids.next(),
    token,
    paymentMethodId: ids.next(),
    networkTransactionId: null,
    initiation: 'present',
    amountMinor: 1_000n,
    currency,
    capture: true,
    at: MAY_3,
  }
}

/** What is told a hundred days later, in one line each. */
async function toldOf(port: GatewayPort): Promise<readonly string[]> {
  const at = addDays(MAY_3, 100)
  const page = await port.listNotices?.({ accountId, after: null, at })
  return (page?.notices ?? []).map(lineOf)
}

function lineOf(notice: GatewayNotice): string {
  switch (notice.kind) {
    case 'charge':
    case 'refund':
    case 'void':
      return `${notice.kind} ${notice.outcome.kind}`
    case 'dispute':
      return `dispute ${notice.dispute.status} ${notice.dispute.amountMinor} of ${notice.dispute.reason}`
    case 'method':
      return `method ${notice.method.change} ${notice.method.last4} ${notice.method.expYear}`
    case 'return':
      return `return ${notice.code}`
    case 'other':
      return `other ${notice.type}`
  }
}

const told: readonly (readonly [token: string, lines: readonly string[]])[] = [
  ['tok_sepa_return_AM04', ['charge declined']],
  ['tok_bacs_return_DDIC_after_10', ['charge succeeded', 'return DDIC']],
  ['tok_updated_202706', ['method updated 1881 2031']],
  ['tok_closed_202706', ['method closed null null']],
  ['tok_sepa_canceled_202706', ['charge succeeded', 'method mandate_canceled 3000 null']],
  [
    'tok_dispute_unrecognized',
    ['dispute needs_response 1000 of fraudulent', 'dispute lost 1000 of fraudulent'],
  ],
]

for (const [token, lines] of told) {
  test(`${token} is told as: ${lines.join(', ')}`, () =>
    withGateway(async (port) => {
      await port.charge(chargeOf(token))
      assert.deepEqual(await toldOf(port), lines)
    }))
}

test('evidence puts a dispute under review, and it is won; a second answer is refused', () =>
  withGateway(async (port) => {
    await port.charge(chargeOf('tok_dispute_duplicate'))
    const opened = await port.listNotices({ accountId, after: null, at: addDays(MAY_3, 6) })
    const [notice] = opened.notices
    assert(notice?.kind === 'dispute')
    const { disputeReference, chargeReference } = notice.dispute
    const at = addDays(MAY_3, 7)
    const about = { accountId, idempotencyKey: ids.next(), disputeReference, chargeReference, at }
    const evidence = { ...about, text: 'winning_evidence', files: [], facts: {} }
    const answer = await port.submitEvidence?.(evidence)
    assert.deepEqual(answer, { kind: 'accepted', status: 'under_review' })
    assert.deepEqual(await port.submitEvidence?.(evidence), answer)
    const late = await port.acceptDispute?.({ ...about, at: addDays(MAY_3, 30) })
    assert.equal(late?.kind, 'refused')
    const rest = await port.listNotices({ accountId, after: opened.next, at: addDays(MAY_3, 30) })
    assert.deepEqual(rest.notices.map(lineOf), [
      'dispute under_review 1000 of duplicate',
      'dispute won 1000 of duplicate',
    ])
  }))

test('news of a card names the method that holds it, as many may hold a card of one name', () =>
  withGateway(async (port) => {
    const [first, second] = [chargeOf('tok_updated_202706'), chargeOf('tok_updated_202706')]
    await port.charge(first)
    await port.charge(second)
    const { notices } = await port.listNotices({ accountId, after: null, at: addDays(MAY_3, 60) })
    const holders = notices.map(
      (notice) => notice.kind === 'method' && notice.method.paymentMethodId,
    )
    assert.deepEqual(holders, [first.paymentMethodId, second.paymentMethodId])
  }))

test('the gateway tells when it will have more to tell', () =>
  withGateway(async (port) => {
    await port.charge(chargeOf('tok_ach'))
    const before = await port.listNotices({ accountId, after: null, at: MAY_3 })
    assert.deepEqual(before.notices, [])
    assert.equal(before.nextDueAt, addDays(MAY_3, 3))
  }))
