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

story('invoices are listed by their last update, whenever they were made', async (one) => {
  const [first, second] = [await one.createSubscription({}), await one.createSubscription({})]
  const [changed] = await one.invoicesOf(first.at('subscriptionId'))
  const [unchanged] = await one.invoicesOf(second.at('subscriptionId'))
  const id = changed?.at('invoiceId')
  await one.goTo('2027-09-10')
  const given = await one.post(`/api/Invoices/${String(id)}/refund`, { amount: 5 })
  const updatedOn = async (day: string, order: number) => {
    const range = `lastUpdateStartDate=${day}&lastUpdateEndDate=${day}&orderBy=${order}`
    const { body } = await one.get(`/api/Invoices/v1?${range}`)
    return (body as readonly { readonly invoiceId: unknown }[]).map(({ invoiceId }) => invoiceId)
  }
  for (const order of [1, 3]) {
    assert.deepEqual(await updatedOn('2027-09-08', order), [unchanged?.at('invoiceId')])
    assert.deepEqual(await updatedOn('2027-09-10', order), [id, given.at('invoice.invoiceId')])
  }
})
