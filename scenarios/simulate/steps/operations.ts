import { addDays, formatInstant } from '@perennial/core/time'
import { insist } from '../insist.ts'
import { call, countObjects, pickObject, readNow, type Stage } from '../stage.ts'
import { about, type Step } from './about.ts'

const DISCOUNTS_MAX = 2

/** What a merchant does to one subscription; some look first and leave it at that. */
function operation(name: string, toBody: (stage: Stage) => Promise<object> | object = () => ({})) {
  return about('subscriptions', async (id, stage) => {
    const preview = stage.chance.happens(0.1) ? { preview: true } : {}
    const body = { ...preview, ...(await toBody(stage)) }
    return { method: 'POST', path: `/subscriptions/${id}/${name}`, body }
  })
}

export const renewNow = operation('renew')
export const suspend = operation('suspend')
export const activate = operation('activate')
export const cancelForGood = operation('cancel-now')

/** With a profile the date may lie in the past: the next pass renews. */
export const editTerms = operation('edit', async (stage) => {
  const { chance } = stage
  const days = chance.below(40) - 10
  return chance.pick<object>([
    { amount_minor: 1 + chance.below(9000) },
    { unit_amount_minor: 1 + chance.below(3000), quantity: 1 + chance.below(4) },
    { quantity: 1 + chance.below(5) },
    { next_renewal_at: formatInstant(addDays(await readNow(stage), days)) },
    { next_renewal_at: formatInstant(addDays(await readNow(stage), days)), amount_minor: 700 },
  ])
})

export const replaceProduct = operation('replace-product', ({ chance, productIds }) => ({
  product_id: chance.pickFrom(productIds),
  quantity: 1 + chance.below(3),
  transfer_discounts: chance.happens(0.5),
  ...(chance.happens(0.3) ? { unit_amount_minor: 1 + chance.below(4000) } : {}),
}))

/** A discount for the next bill, for some, or for all: given, and now and then taken away. */
export const giveDiscount: Step = async (stage) => {
  const { chance } = stage
  if ((await countObjects(stage, 'discounts')) < DISCOUNTS_MAX) await createDiscount(stage)
  const discount = await pickObject(stage, 'discounts')
  const id = await pickObject(stage, 'subscriptions')
  if (discount === null || id === null) return
  const body = { [chance.happens(0.8) ? 'add_discounts' : 'remove_discounts']: [discount] }
  await call(stage, { method: 'POST', path: `/subscriptions/${id}/edit`, body }, stage.faults)
}

async function createDiscount(stage: Stage): Promise<void> {
  const { chance } = stage
  const body = {
    code: `CODE-${chance.below(1_000_000)}`,
    name: 'Discount',
    ...chance.pick<object>([
      { discount_type: 'percentage', discount_value: 1 + chance.below(100) },
      { discount_type: 'fixed_amount', discount_value: 1 + chance.below(6000), currency: 'USD' },
    ]),
    ...chance.pick<object>([
      { recurring_type: 'forever' },
      { recurring_type: 'once' },
      { recurring_type: 'repeating', recurring_cycles: 1 + chance.below(3) },
      { recurring_type: 'forever', max_redemptions: 1 + chance.below(3) },
    ]),
  }
  await insist(stage, { method: 'POST', path: '/discounts', body })
}

const onDispute = ['none', 'pause', 'cancel'] as const
export const setOnDispute = about('subscriptions', (id, { chance }) => ({
  method: 'PUT',
  path: `/subscriptions/${id}/on-dispute`,
  body: { on_dispute: chance.pick(onDispute) },
}))

/** Collects a failed renewal now, besides its schedule. */
export const retryRenewal = about('renewals', (id) => ({
  method: 'POST',
  path: `/renewals/${id}/retry`,
}))

export const refundRenewal = about('renewals', (id, { chance }) => ({
  method: 'POST',
  path: `/renewals/${id}/refund`,
  body: chance.happens(0.7) ? { amount_minor: 1 + chance.below(3000) } : {},
}))

export const salvage = about('recovery_cases', (id, { chance }) => ({
  method: 'POST',
  path: `/salvage-transactions/${id}/${chance.pick(['attempt', 'attempt', 'attempt', 'cancel'])}`,
}))
