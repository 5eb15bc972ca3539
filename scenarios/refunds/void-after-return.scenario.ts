import assert from 'node:assert/strict'
import { scenario } from '@perennial/testkit/scenario'

// The ledger is verified at the end of every scenario: of a void bill no tax is to be remitted, and none has gone back.
scenario(
  'a taxed bill that was refunded in part, whose debit the bank then took back, is voided and leaves no tax behind',
  async (world) => {
    const rate = { display_name: 'VAT', percentage: 20 }
    const vat = (await world.api.post('/tax-rates', rate)).text('data.id')
    await world.expects(['tax_rate.created'])
    const ada = await world.subscribe({
      on: '2027-01-04', // a Monday
      every: 'year',
      priceMinor: 100_00,
      terms: { tax_rate_ids: [vat] },
      card: 'tok_ach_return_R10_after_20',
      events: [
        'subscription.created',
        'invoice.created',
        'invoice.finalized',
        'subscription.activated',
      ],
    })
    await world.goTo('2027-01-12', { events: ['payment.succeeded', 'invoice.paid'] })
    const [bill] = await ada.invoices() // 100.00 and 20.00 of tax
    assert.ok(bill !== undefined, 'the start has its invoice')

    await world.api.post(`/invoices/${bill.id}/refund`, { amount_minor: 60_00 })
    await world.expects(['refund.created'])
    await world.goTo('2027-01-20', { events: ['refund.succeeded', 'payment.refunded'] })
    await world.goTo('2027-01-28', {
      events: ['payment.returned', 'invoice.payment_failed', 'subscription.past_due'],
    })
    await world.api.post(`/invoices/${bill.id}/void`)
    await world.expects(['invoice.voided', 'subscription.updated'])
    assert.deepEqual(await ada.bills(), ['12000 void'])
  },
)
