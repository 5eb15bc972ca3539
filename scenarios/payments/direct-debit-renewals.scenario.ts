import assert from 'node:assert/strict'
import { parseInstant } from '@perennial/core/time'
import {
  card,
  COLLECTED,
  memberOf,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { loadScope, runDueWork } from '../../packages/server/src/modules/billing/index.ts'
import { countWaiting } from '../../packages/server/src/testing/test-locks.ts'
import { readLatest } from '../dunning/read-mails.ts'
import { listRenewals } from '../profiles/shop.ts'

const ISSUED = ['invoice.created', 'invoice.finalized'] as const
const ANNOUNCED = [...ISSUED, 'collection.scheduled']
const SETTLED = ['collection.succeeded', 'settlement.created'] as const

type Debtor = { readonly who: Subscriber; readonly mandateId: string }

/** Ada pays monthly by Direct Debit; her first bill is collected on 10 March. */
async function subscribeByMandate(
  world: ScenarioWorld,
  accountNumber = '55779911',
): Promise<Debtor> {
  await world.goTo('2027-03-01')
  const { id: customerId } = await world.customer('Ada')
  const lodged = await world.api.call('POST', '/mandates', {
    headers: { 'idempotency-key': `sign-${customerId}` },
    body: {
      customerId,
      accountHolderName: 'Ada Byron',
      sortCode: '20-00-00',
      accountNumber,
      acceptance: {
        acceptedAt: '2027-03-01T09:00:00.000Z',
        payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
        declarations: { sole_signatory: true },
        guaranteeVersion: '2024-1',
      },
    },
  })
  assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
  await world.goTo('2027-03-03', { events: ['mandate.created', 'mandate.activated'] })
  const who = await world.subscribe({
    currency: 'GBP',
    card: null,
    events: ['subscription.created', ...ISSUED, 'subscription.activated', 'collection.scheduled'],
  })
  await world.goTo('2027-03-15', {
    events: ['collection.notice_sent', 'payment.succeeded', 'invoice.paid', ...SETTLED],
  })
  assert.deepEqual(await who.bills(), ['2900 paid'])
  return { who, mandateId: lodged.text('data.id') }
}

async function latestRenewal(world: ScenarioWorld, who: Subscriber): Promise<string> {
  const renewal = (await listRenewals(world, who)).at(-1)
  return `${String(memberOf(renewal, 'renewal_at')).slice(0, 10)} ${String(memberOf(renewal, 'status'))}`
}

async function nextDebit(world: ScenarioWorld, mandateId: string): Promise<unknown> {
  return (await world.api.get(`/mandates/${mandateId}`)).at('data.next_collection_date')
}

scenario(
  'a renewal is announced on its date, and collected five banking days later',
  async (world) => {
    const { who, mandateId } = await subscribeByMandate(world)
    await world.goTo('2027-04-03', { events: ANNOUNCED })
    assert.equal(await latestRenewal(world, who), '2027-04-03 processing')
    assert.equal(await nextDebit(world, mandateId), '2027-04-12') // that was a Saturday
    await world.goTo('2027-04-06', { events: ['collection.notice_sent'] })
    const { subject } = await readLatest(world)
    assert.match(subject, /will collect £29\.00 on April 12, 2027$/)
    assert.equal((await world.charges()).length, 1)
    await world.goTo('2027-04-16', { events: [...COLLECTED, ...SETTLED] })
    assert.equal(await latestRenewal(world, who), '2027-04-03 paid')
    assert.equal(await who.status(), 'active')
    const invoice = (await who.invoices()).at(-1)
    const routing = await world.api.get(`/invoices/${invoice?.id}/routing`)
    assert.match(
      String(routing.at('data.0.reasons.0.text')),
      /had a say in this charge/,
      'a debit that was announced tells where it went, too',
    )
    await world.goTo('2027-05-03', { events: ANNOUNCED }) // the dates of renewals stay as they are
  },
)

scenario('whoever is told late has as many days as one who is told in time', async (world) => {
  const { mandateId } = await subscribeByMandate(world)
  await world.goTo('2027-04-03', { events: ANNOUNCED })
  assert.equal(await nextDebit(world, mandateId), '2027-04-12')
  // Nobody works from Monday the fifth, when the payer was to be told, to Saturday the tenth.
  const { billing } = world.house.service
  const work = async (when: string) => {
    const until = parseInstant(when)
    assert.ok(until !== null)
    const scope = await loadScope(billing, world.accountId)
    await runDueWork(billing, { ...scope, runId: null }, { until, decideAt: 'until' })
  }
  await work('2027-04-10T09:00:00Z')
  await world.expects([])
  await work('2027-04-12T09:00:00Z')
  await world.goTo('2027-04-12 12:00', { events: ['collection.notice_sent'] })
  assert.equal(await nextDebit(world, mandateId), '2027-04-19')
  assert.match((await readLatest(world)).subject, /on April 19, 2027$/)
  await world.goTo('2027-04-23', { events: [...COLLECTED, ...SETTLED] })
})

scenario('a mandate that ends during the notice leaves the bill to recovery', async (world) => {
  const { who, mandateId } = await subscribeByMandate(world)
  await world.goTo('2027-04-06', { events: [...ANNOUNCED, 'collection.notice_sent'] })
  await world.api.post(`/mandates/${mandateId}/cancel`, { reason: 'moved' })
  await world.expects(['customer.payment_method.detached', 'mandate.cancelled'])
  await world.goTo('2027-04-08 12:00', {
    events: ['collection.failed', 'invoice.payment_failed', 'subscription.past_due'],
  })
  assert.equal(await latestRenewal(world, who), '2027-04-03 overdue')
  const cases = await world.api.get(`/recovery/cases?subscription_id=${who.id}`)
  assert.equal(cases.at('data.0.first_decline_code'), 'mandate_cancelled')
  await who.replaceCard(card.good)
  await world.goTo('2027-04-09', { events: [...COLLECTED, 'subscription.updated'] })
  assert.equal(await who.status(), 'active')
})

scenario('a try of a recovery is announced like the debit that it repeats', async (world) => {
  const { who } = await subscribeByMandate(world, '55779918') // the payer claims it back
  await world.goTo('2027-03-21 12:00', {
    events: [
      'payment.returned',
      'invoice.payment_failed',
      'subscription.past_due',
      'collection.indemnity_claimed',
      'collection.failed',
    ],
  })
  await world.goTo('2027-03-29', { events: ['collection.scheduled', 'collection.notice_sent'] })
  assert.match((await readLatest(world)).subject, /on March 31, 2027$/) // Easter lies between
  assert.equal((await world.charges()).length, 2)
  await world.goTo('2027-04-01', {
    events: ['payment.succeeded', 'invoice.paid', 'subscription.updated'],
  })
  assert.equal(await who.status(), 'active')
})

scenario('a pause holds the debit back, which is announced anew after it', async (world) => {
  const { who, mandateId } = await subscribeByMandate(world)
  await world.goTo('2027-04-06', { events: [...ANNOUNCED, 'collection.notice_sent'] })
  await who.pause('keep_as_draft')
  await world.expects(['subscription.paused'])
  await world.goTo('2027-04-20')
  await who.resume()
  await world.expects(['subscription.resumed'])
  await world.goTo('2027-04-21', { events: ['collection.notice_sent'] })
  assert.equal(await nextDebit(world, mandateId), '2027-04-28')
  assert.match((await readLatest(world)).subject, /on April 28, 2027$/)
  await world.goTo('2027-05-02', { events: COLLECTED })
})

scenario('a debit is called off when nobody is to pay any more', async (world) => {
  const { who } = await subscribeByMandate(world)
  await world.goTo('2027-04-06', { events: [...ANNOUNCED, 'collection.notice_sent'] })
  const [, renewal] = await who.invoices()
  await world.api.post(`/invoices/${renewal?.id}/void`)
  await world.expects(['invoice.voided'])
  await world.goTo('2027-04-09', { events: ['collection.cancelled'] })
  await world.goTo('2027-05-05', { events: [...ANNOUNCED, 'collection.notice_sent'] })
  await who.cancel('immediately')
  await world.expects(['subscription.canceled'])
  await world.goTo('2027-05-14', { events: ['collection.cancelled'] })
  assert.equal(await latestRenewal(world, who), '2027-05-03 overdue') // it is not under way any more
  assert.equal((await world.charges()).length, 1)
})

scenario(
  'of two workers that meet at a debit one hands it in, and it is collected',
  async (world) => {
    const { who } = await subscribeByMandate(world)
    await world.goTo('2027-04-07', { events: [...ANNOUNCED, 'collection.notice_sent'] })
    const { house } = world
    const { database, service } = house
    const until = parseInstant('2027-04-08T12:00:00Z')
    assert.ok(until !== null)
    const work = async ({ billing }: typeof service) => {
      const scope = await loadScope(billing, world.accountId)
      await runDueWork(billing, { ...scope, runId: null }, { until, decideAt: 'due' })
    }
    const workers = [service, await house.startService()]
    // Both have found the debit due, and want its bill, before either gets it.
    const { both } = await database.tx(async (tx) => {
      await tx.selectFrom('invoices').select('id').forUpdate().execute()
      const working = workers.map(work)
      for (let waiting = 0; waiting < working.length;) waiting = await countWaiting(database)
      return { both: working }
    })
    await Promise.all(both)
    const debits = await database.kysely
      .selectFrom('mandate_collections')
      .select('status')
      .where('account_id', '=', world.accountId)
      .orderBy('id')
      .execute()
    assert.deepEqual(debits.map(({ status }) => status), ['succeeded', 'submitted']) // prettier-ignore
    await world.goTo('2027-04-16', { events: [...COLLECTED, ...SETTLED] })
    assert.equal(await latestRenewal(world, who), '2027-04-03 paid')
    assert.equal((await world.charges()).length, 2)
  },
)
