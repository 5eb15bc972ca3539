import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInstant } from '@perennial/core/time'
import type { AccountStatus } from '../../../server/src/status/index.ts'
import { describeStatus, toStatusJson } from './show-status.ts'

const NOW = parseInstant('2027-03-02T09:00:00Z') ?? assert.fail('it is an instant')
const SINCE = parseInstant('2027-03-01T08:12:00Z') ?? assert.fail('it is an instant')

const ACCOUNT: AccountStatus = {
  accountId: 'acct_01h455vb4pex5vsknk084sn02q',
  name: 'Acme',
  environment: 'live',
  now: NOW,
  isClockHeld: false,
  customers: 2,
  subscriptions: [],
  dueNow: 0,
  parked: 0,
  noticesParked: 0,
  failing: 1,
  recovered: 0,
  handedOver: { failing: 0, recovered: 0 },
  givenUp: { webhooks: 0, payments: 0, events: 0 },
  suspectedOutages: [
    { gateway: 'amber', currency: 'USD', source: 'own', sinceAt: SINCE, tried: 1_041, approved: 3 },
    { gateway: 'birch', currency: 'EUR', source: 'handed_over', sinceAt: SINCE, tried: 80, approved: 0 },
  ],
  money: [],
  lastRun: null,
} // prettier-ignore

test('the status names gateways that are suspected to refuse for a reason of ours, and since when', () => {
  const lines = describeStatus(ACCOUNT).split('\n')
  const told = lines.filter((line) => line.includes('Suspected outage')).map((line) => line.trim())
  assert.deepEqual(told, [
    'Suspected outage     amber in USD since 2027-03-01T08:12:00.000Z: 3 of 1,041 charges approved',
    'Suspected outage     birch in EUR since 2027-03-01T08:12:00.000Z: 0 of 80 charges of handed-over payments approved',
  ])
  const quiet = describeStatus({ ...ACCOUNT, suspectedOutages: [] })
  assert.ok(!quiet.includes('Suspected outage'))
})

test('programs are told the same', () => {
  const [account] = toStatusJson([ACCOUNT], NOW).accounts
  assert.deepEqual(account?.suspected_outages[0], {
    gateway: 'amber',
    currency: 'USD',
    source: 'own',
    approved: 3,
    since: '2027-03-01T08:12:00.000Z',
    charges: 1_041,
  })
})
