import assert from 'node:assert/strict'
import { scenario, SENT_START } from '@perennial/testkit/scenario'

// Found by the simulation: it fell due a second time, and the account's clock never got past it.
scenario(
  'an overdue invoice that is paid in part stays overdue, and time goes on',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-10',
      card: null,
      terms: { collectionMethod: 'send_invoice', daysUntilDue: 14 },
      events: SENT_START,
    })
    await world.goTo('2027-01-24', { events: ['2027-01-24 invoice.overdue'] })
    const [invoice] = await ada.invoices()
    assert.ok(invoice !== undefined)
    await ada.pay(invoice, { payment_method: 'cash', amount_minor: 1000 })
    await world.expects(['payment.succeeded'])
    assert.deepEqual(await ada.bills(), ['2900 overdue'])

    await world.goTo('2027-02-09', {
      events: [
        '2027-01-25 invoice.reminder_sent',
        '2027-01-31 invoice.reminder_sent',
        '2027-02-07 invoice.reminder_sent',
      ],
    })
    await ada.pay(invoice, { payment_method: 'cash', amount_minor: 1900 })
    await world.expects(['payment.succeeded', 'invoice.paid'])
    assert.deepEqual(await ada.bills(), ['2900 paid'])
  },
)
