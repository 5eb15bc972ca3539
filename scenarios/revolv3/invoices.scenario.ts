import assert from 'node:assert/strict'
import { story } from './merchant.ts'

story('a name for an invoice is a change of it, which is dated and told', async (one) => {
  const made = await one.createSubscription({})
  const [invoice] = await one.invoicesOf(made.at('subscriptionId'))
  const path = `/api/Invoices/${String(invoice?.at('invoiceId'))}`
  await one.goTo('2027-09-10')
  const changed = async () => (await one.get('/api/Invoices/v1?lastUpdateStartDate=2027-09-10')).body // prettier-ignore
  assert.deepEqual(await changed(), [])
  for (const _ of ['once', 'and again'])
    assert.equal((await one.patch(path, { merchantInvoiceRefId: 'r-77' })).at('merchantInvoiceRefId'), 'r-77') // prettier-ignore
  assert.deepEqual(await changed(), [(await one.get(path)).body])
  const told = await one.world.api.get('/events?type=invoice.updated&limit=10')
  assert.deepEqual(
    [told.at('data.0.data.previous_attributes.metadata'), told.at('data.1')],
    [{}, undefined],
  )
})
