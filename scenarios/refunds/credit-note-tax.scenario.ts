import assert from 'node:assert/strict'
import { scenario } from '@perennial/testkit/scenario'

scenario('the credit notes of an invoice give back no more tax than it bears', async (world) => {
  const rate = { display_name: 'VAT', percentage: 20 }
  const vat = (await world.api.post('/tax-rates', rate)).text('data.id')
  await world.expects(['tax_rate.created'])
  const terms = { tax_rate_ids: [vat] }
  const ada = await world.subscribe({ on: '2027-01-31', priceMinor: 100_00, terms })
  const [bill] = await ada.invoices() // 100.00 and 20.00 of tax
  assert.ok(bill !== undefined, 'the start has its invoice')
  const note = { invoice_id: bill.id, amount_minor: 40_00, credit_method: 'customer_balance' }
  const credit = (tax_amount_minor: number) =>
    world.api.call('POST', '/credit_notes', { body: { ...note, tax_amount_minor } })

  const first = await credit(15_00)
  assert.equal(first.status, 201, JSON.stringify(first.body))
  const above = await credit(5_01)
  assert.equal(above.status, 400)
  assert.match(above.text('error.message'), /less tax/)
  await world.expects(['credit_note.created', 'credit_note.issued'])
  await world.api.post(`/credit_notes/${first.text('data.id')}/void`)
  await world.expects(['credit_note.voided'])
  assert.equal((await credit(20_00)).status, 201)
  await world.expects(['credit_note.created', 'credit_note.issued'])
})
