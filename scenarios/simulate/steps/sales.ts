import { encodeId } from '@perennial/core/ids'
import { insist } from '../insist.ts'
import { call, pickObject, type Stage } from '../stage.ts'
import type { Step } from './about.ts'

const SALES_MAX = 4

/** Several lines at once: subscriptions with and without a trial, and something that is sold once. */
export const sell: Step = async (stage) => {
  const { chance, productIds } = stage
  const customer_id = await pickObject(stage, 'customers')
  if (customer_id === null || (await salesOf(stage)).length >= SALES_MAX) return
  const lines = Array.from({ length: 1 + chance.below(3) }, () => ({
    product_id: chance.pickFrom(productIds),
    quantity: 1 + chance.below(3),
  }))
  const more = chance.pick<object>([
    {},
    { discounts: [{ amount_minor: chance.below(3000) }] },
    { shipping: [{ amount_minor: 500, line: 0 }], tax: [{ amount_minor: 99 }] },
    { campaign: 'spring' },
  ])
  const body = { customer_id, lines, ...more }
  await insist(stage, { method: 'POST', path: '/sales', body })
}

/** Takes one back, whatever has become of it. */
export const voidSale: Step = async (stage) => {
  const sale = stage.chance.pickFrom(await salesOf(stage))
  if (sale === null) return
  const mode = stage.chance.pick(['at_once', 'delayed'])
  await call(stage, { method: 'POST', path: `/sales/${sale}/void`, body: { mode } }, stage.faults)
}

/** Changes a trial, or what is none any more. */
export const moveTrial: Step = async (stage) => {
  const { chance } = stage
  const id = await pickObject(stage, 'subscriptions')
  if (id === null) return
  const move = chance.pick(['extend', 'shorten', 'expire', 'cancel'])
  const body = move === 'extend' || move === 'shorten' ? { days: 1 + chance.below(9) } : {}
  await call(stage, { method: 'POST', path: `/trials/${id}/${move}`, body }, stage.faults)
}

async function salesOf({ house, account }: Stage): Promise<string[]> {
  const rows = await house.database.kysely
    .selectFrom('sales')
    .select('id')
    .where('account_id', '=', account.id)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => encodeId('sale', id))
}
