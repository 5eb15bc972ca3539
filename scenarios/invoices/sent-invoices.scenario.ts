import assert from 'node:assert/strict'
import { scenario, SENT_START } from '@perennial/testkit/scenario'

const SENT_RENEWAL = ['invoice.created', 'invoice.finalized', 'invoice.sent']
const sent = (daysUntilDue: number): object => ({ collectionMethod: 'send_invoice', daysUntilDue })

scenario('invoices that are sent wait for their money', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    card: null,
    terms: sent(14),
    events: SENT_START,
  })
  assert.equal(await ada.status(), 'active')
  assert.deepEqual(await ada.bills(), ['2900 sent'])

  await world.goTo('2027-01-20')
  const [first] = await ada.invoices()
  assert.ok(first !== undefined)
  await ada.pay(first, { payment_method: 'bank_transfer', reference: 'RF18 5390 0754 7034' })
  await world.expects(['payment.succeeded', 'invoice.paid'])

  await world.goTo('2027-02-10', { events: SENT_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 sent'])

  const mails = await world.api.get('/mails')
  const told = [0, 1].map((row) => [mails.at(`data.${row}.to`), mails.at(`data.${row}.template`)])
  assert.deepEqual(told, [
    ['ada@example.com', 'invoice_sent'],
    ['ada@example.com', 'invoice_sent'],
  ])
})

scenario('a sent invoice becomes overdue on its due date, and can still be paid', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    card: null,
    terms: sent(14),
    events: SENT_START,
  })
  await world.goTo('2027-01-23')
  await world.goTo('2027-01-24', { events: ['2027-01-24 invoice.overdue'] })
  assert.deepEqual(await ada.bills(), ['2900 overdue'])
  assert.equal(await ada.owesMinor(), 29_00)

  const [late] = await ada.invoices()
  assert.ok(late !== undefined)
  await ada.pay(late, { payment_method: 'check', reference: '1042' })
  await world.expects(['payment.succeeded', 'invoice.paid'])
  assert.deepEqual(await ada.bills(), ['2900 paid'])
})

scenario('a sent invoice is paid in two parts, and never more than it asks', async (world) => {
  const ada = await world.subscribe({ card: null, terms: sent(30), events: SENT_START })
  const [invoice] = await ada.invoices()
  assert.ok(invoice !== undefined)
  await ada.pay(invoice, { payment_method: 'cash', amount_minor: 1000 })
  await world.expects(['payment.succeeded'])
  assert.deepEqual(await ada.bills(), ['2900 partially_paid'])

  const tooMuch = { payment_method: 'cash', amount_minor: 1901 }
  const refused = await world.api.call('POST', `/invoices/${invoice.id}/pay`, { body: tooMuch })
  assert.equal(refused.status, 400)

  await ada.pay(invoice, { payment_method: 'cash', amount_minor: 1900 })
  await world.expects(['payment.succeeded', 'invoice.paid'])
  assert.deepEqual(await ada.bills(), ['2900 paid'])
})

scenario(
  'invoice numbers follow each other without a gap, by the year of the account',
  async (world) => {
    const timezone = { on: '2027-12-31', card: null, terms: sent(30), events: SENT_START }
    const ada = await world.subscribe(timezone)
    await world.goTo('2028-01-31', {
      events: ['2028-01-30 invoice.overdue', ...SENT_RENEWAL, 'invoice.reminder_sent'],
    })
    const numbers = await Promise.all(
      (await ada.invoices()).map(async ({ id }) =>
        (await world.api.get(`/invoices/${id}`)).at('data.invoice_number'),
      ),
    )
    assert.deepEqual(numbers, ['INV-2027-0001', 'INV-2028-0002'])
  },
)

scenario(
  'a prefix that numbers given by hand begin with is refused, so that numbering never stops',
  async (world) => {
    const ada = await world.customer()
    const invoice = { customer_uuid: ada.id, total_minor: 500, invoice_number: 'OLD-2027-0003' }
    const drafted = await world.api.call('POST', '/invoices', { body: invoice })
    assert.equal(drafted.status, 201)
    await world.expects(['invoice.created'])
    const refused = await world.api.call('PATCH', '/account', {
      body: { settings: { invoice_prefix: 'OLD-' } },
    })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'settings.invoice_prefix')
    const accepted = await world.api.call('PATCH', '/account', {
      body: { settings: { invoice_prefix: 'NEW-' } },
    })
    assert.equal(accepted.status, 200)
  },
)
