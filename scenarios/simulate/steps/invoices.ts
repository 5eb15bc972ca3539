import { insist } from '../insist.ts'
import { pickObject } from '../stage.ts'
import { about, type Step } from './about.ts'

export const payInvoice = about('invoices', (id, { chance }) => ({
  method: 'POST',
  path: `/invoices/${id}/pay`,
  body: chance.pick([{}, {}, { payment_method: 'cash', amount_minor: 1 + chance.below(5000) }]),
}))

export const voidInvoice = about('invoices', (id) => ({
  method: 'POST',
  path: `/invoices/${id}/void`,
  body: { reason: 'a mistake' },
}))

export const finalizeInvoice = about('invoices', (id) => ({
  method: 'POST',
  path: `/invoices/${id}/finalize`,
  body: {},
}))

export const draftInvoice: Step = async (stage) => {
  const customer_id = await pickObject(stage, 'customers')
  if (customer_id === null) return
  const { chance } = stage
  const own = chance.happens(0.2) ? { invoice_number: `MINE-${chance.below(100_000)}` } : {}
  const body = { customer_id, currency: 'USD', total_minor: 1 + chance.below(9_000), ...own }
  await insist(stage, { method: 'POST', path: '/invoices', body })
}

export const deleteInvoice = about('invoices', (id) => ({
  method: 'DELETE',
  path: `/invoices/${id}`,
}))
