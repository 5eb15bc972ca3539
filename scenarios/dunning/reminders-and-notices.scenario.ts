import assert from 'node:assert/strict'
import {
  card,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  scenario,
  SENT_START,
} from '@perennial/testkit/scenario'
import { readLatest, readMails } from './read-mails.ts'

scenario(
  'an unpaid sent invoice is asked about 1, 7, 14 and 30 days after its due date',
  async (world) => {
    await world.subscribe({
      on: '2027-01-10',
      every: 'year',
      card: null,
      terms: { collectionMethod: 'send_invoice', daysUntilDue: 14 },
      events: SENT_START,
    })
    await world.goTo('2027-01-24', { events: ['invoice.overdue'] })
    await world.goTo('2027-01-25', { events: ['invoice.reminder_sent'] })
    const reminder = await readLatest(world)
    assert.match(reminder.subject, /^Reminder: invoice INV-2027-0001 from .+ is overdue$/)
    assert.match(reminder.text, /over \$29\.00 was due on January 24, 2027/)
    await world.goTo('2027-01-31', { events: ['invoice.reminder_sent'] })
    await world.goTo('2027-02-07', { events: ['invoice.reminder_sent'] })
    await world.goTo('2027-02-23', { events: ['invoice.reminder_sent'] })
    await world.goTo('2027-06-01')
    assert.deepEqual(await readMails(world), [
      '2027-01-10 invoice_sent',
      '2027-01-25 invoice_reminder',
      '2027-01-31 invoice_reminder',
      '2027-02-07 invoice_reminder',
      '2027-02-23 invoice_reminder',
    ])
  },
)

scenario('an invoice that is paid in between is asked about no more', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    every: 'year',
    card: null,
    terms: { collectionMethod: 'send_invoice', daysUntilDue: 14 },
    events: SENT_START,
  })
  await world.goTo('2027-01-26', { events: ['invoice.overdue', 'invoice.reminder_sent'] })
  const [first] = await ada.invoices()
  assert.ok(first !== undefined)
  await ada.pay(first, { payment_method: 'bank_transfer', reference: 'statement 3' })
  await world.expects(['payment.succeeded', 'invoice.paid'])
  await world.goTo('2027-03-01')
})

scenario('an invoice that is sent when it is overdue already is asked about from then on', async (world) => {
  const customer = await world.customer()
  const wish = { customer_uuid: customer.id, total_minor: 9900, currency: 'USD', due_date: '2027-02-01' }
  const id = (await world.api.post('/invoices', wish)).text('data.id')
  await world.api.post(`/invoices/${id}/finalize`)
  await world.expects(['invoice.created', 'invoice.finalized'])
  await world.goTo('2027-02-10', { events: ['invoice.overdue'] })
  await world.api.post(`/invoices/${id}/send`)
  await world.expects(['invoice.sent'])
  assert.deepEqual(await readMails(world), ['2027-02-10 invoice_sent'])
  await world.goTo('2027-02-11', { events: ['invoice.reminder_sent'] })
  await world.goTo('2027-04-01', {
    events: ['2027-02-17 invoice.reminder_sent', '2027-02-24 invoice.reminder_sent', '2027-03-12 invoice.reminder_sent'],
  })
}) // prettier-ignore

scenario('an invoice whose payment went back is asked about again where it stood', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    every: 'year',
    card: 'tok_ach_return_R01_after_5',
    terms: { collectionMethod: 'send_invoice', daysUntilDue: 14 },
    events: SENT_START,
  })
  await world.goTo('2027-01-25', { events: ['invoice.overdue', 'invoice.reminder_sent'] })
  const [invoice] = await ada.invoices()
  await world.api.post(`/invoices/${invoice?.id}/pay`)
  await world.goTo('2027-01-30', { events: ['payment.succeeded', 'invoice.paid'] })
  // The second reminder is due while it is paid, and given up until the money goes back.
  await world.goTo('2027-02-03', {
    events: ['payment.returned', 'invoice.payment_failed', 'subscription.past_due', 'invoice.reminder_sent'].map((type) => `2027-02-02 ${type}`),
  })
  assert.deepEqual(await ada.bills(), ['2900 overdue'])
  assert.deepEqual((await readMails(world)).filter((mail) => mail.includes('reminder')), [
    '2027-01-25 invoice_reminder',
    '2027-02-02 invoice_reminder',
  ])
}) // prettier-ignore

scenario('the owner of a card that ends is told 30 and 7 days before', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-15', card: card.expiresAfter('2027-03') })
  await world.subscribe({ who: 'Bob', every: 'year' })
  await world.goTo('2027-03-01', { events: PAID_RENEWAL })
  assert.deepEqual(await readMails(world), [])
  await world.goTo('2027-03-02')
  const notice = await readLatest(world)
  assert.equal(notice.subject.startsWith('Your card on file with'), true)
  assert.match(notice.text, /ends on March 31, 2027\. So that your subscription to Plan 1 goes on/)
  assert.match(notice.text, /Update your card: http.+\/pay\/card\//)
  await world.goTo('2027-03-25', { events: PAID_RENEWAL })
  assert.deepEqual(await readMails(world), ['2027-03-02 card_expiring', '2027-03-25 card_expiring'])
  await ada.replaceCard(card.good)
  await world.goTo('2027-04-15', { events: PAID_RENEWAL })
})

scenario('a subscription with a method of its own tells of the end of that card, and of no other', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-15', card: card.expiresAfter('2027-03') })
  const attached = { customer_id: ada.customer.id, type: 'card', token: card.expiresAfter('2027-05'), is_default: false }
  const own = (await world.api.post('/payment-methods', attached)).text('data.id')
  const places = { payment_methods: [{ payment_method_id: own, priority: 0 }] }
  assert.equal((await world.api.call('PUT', `/subscriptions/${ada.id}/payment-methods`, { body: places })).status, 200)
  await world.goTo('2027-04-30', { events: [...PAID_RENEWAL, ...PAID_RENEWAL, ...PAID_RENEWAL] })
  assert.deepEqual(await readMails(world), [])
  await world.goTo('2027-05-03')
  assert.match((await readLatest(world)).text, /ends on May 31, 2027/)
  assert.deepEqual(await readMails(world), ['2027-05-02 card_expiring'])
}) // prettier-ignore

scenario(
  'a merchant rewrites a mail, looks at it, and cannot save one that is broken',
  async (world) => {
    const path = '/mail-templates/payment_failed'
    const texts = {
      subject: '{{ merchant }}: {{ amount }} offen',
      body_text: 'Hallo {{ customer_name }}, {{ amount }} ist offen. {{ update_url }}',
      body_html: '<p>Hallo {{ customer_name }}, <b>{{ amount }}</b> ist offen.</p>',
    }
    const broken = { ...texts, body_html: '<p>\n{{ amountt }}</p>' }
    const refused = await world.api.call('PUT', `${path}?language=de`, { body: broken })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'body_html')
    assert.equal(refused.at('error.message'), 'Line 2, column 4: undefined variable: amountt.')

    assert.equal((await world.api.call('PUT', `${path}?language=de`, { body: texts })).status, 200)
    const preview = await world.api.post(`${path}/preview`, { language: 'de' })
    assert.match(preview.text('data.text'), /^Hallo Ada Lovelace, 29,00 \$ ist offen\./)
    assert.match(preview.text('data.html'), /<html lang="de">/)

    await world.api.patch('/account', { settings: { mail: { language: 'de-AT' } } })
    await world.subscribe({ on: '2027-01-31', card: card.declinesAfter(1, 'do_not_honor') })
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    const sent = await readLatest(world)
    assert.match(sent.subject, /: 29,00 \$ offen$/)
    assert.match(sent.html, /<b>29,00 \$<\/b> ist offen/)

    const reset = await world.api.call('DELETE', `${path}?language=de`)
    assert.equal(reset.at('data.is_default'), true)
    assert.match((await readLatest(world)).subject, /^Your payment to/)
  },
)
