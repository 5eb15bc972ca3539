import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { readLatest, readMails } from '../dunning/read-mails.ts'

const wantReceipts = (world: ScenarioWorld, sendReceipts: boolean) =>
  world.api.patch('/account', { settings: { mail: { send_receipts: sendReceipts } } })

scenario('renewals are receipted from the day on which the merchant wants it', async (world) => {
  await world.subscribe({ on: '2027-01-31' })
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  assert.deepEqual(await readMails(world), [])

  await wantReceipts(world, true)
  await world.goTo('2027-03-31', { events: PAID_RENEWAL })
  const { subject, text } = await readLatest(world)
  assert.match(subject, /^Receipt for your payment of \$29\.00 to /)
  assert.match(text, /received \$29\.00 on March 31, 2027 from your Visa ending in 4242\./)
  assert.match(text, /\nPlan 1: \$29\.00\n\nTotal: \$29\.00\n\nInvoice: INV-2027-0003\n/)

  await wantReceipts(world, false)
  await world.goTo('2027-04-30', { events: PAID_RENEWAL })
  assert.deepEqual(await readMails(world), ['2027-03-31 payment_receipt'])
})

scenario('a renewal that is paid late is receipted on the day its money comes', async (world) => {
  await wantReceipts(world, true)
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  const ada = await world.subscribe({ on: '2027-01-04' })
  await ada.replaceCard(card.declinesUntil('2027-02-05', 'insufficient_funds'))
  await world.goTo('2027-02-04', { events: DECLINED_RENEWAL })
  await world.goTo('2027-02-05', { events: [...COLLECTED, 'subscription.updated'] })
  await ada.replaceCard(card.bankAccount)
  await world.goTo('2027-03-04', { events: ['invoice.created', 'invoice.finalized'] })
  await world.goTo('2027-03-09', { events: COLLECTED })
  assert.deepEqual(await readMails(world), [
    '2027-01-04 payment_receipt',
    '2027-02-04 payment_failed',
    '2027-02-05 payment_receipt',
    '2027-03-09 payment_receipt',
  ])
})

scenario('one payment is receipted where it asks for it, once, and in the merchant’s words', async (world) => {
  const { id } = await world.customer()
  await world.addCard({ id, name: 'Ada' }, card.good)
  const charge = { customerId: id, amountMinor: 4_200, description: 'Poster' }
  await world.api.post('/charges', charge)
  const words = { subject: 'Beleg {{ receipt_number }}', body_text: '{{ description }}: {{ amount }}', body_html: '<p>{{ amount }}</p>' }
  assert.equal((await world.api.call('PUT', '/mail-templates/payment_receipt', { body: words })).status, 200)
  await world.api.post('/charges', { ...charge, sendReceipt: true })
  const told = ['payment_intent.created', 'payment.succeeded', 'payment_intent.succeeded']
  await world.expects([...told, ...told])
  const { subject, text } = await readLatest(world)
  assert.match(subject, /^Beleg txn_/)
  assert.match(text, /^Poster: \$42\.00\n/)
  assert.equal((await readMails(world)).length, 1)
}) // prettier-ignore
