import { insist } from '../insist.ts'
import { countObjects, pickObject } from '../stage.ts'
import { about, type Step } from './about.ts'

const INTENTS_MAX = 3

export const startIntent: Step = async (stage) => {
  const customer = await pickObject(stage, 'customers')
  if (customer === null || (await countObjects(stage, 'payment_intents')) >= INTENTS_MAX) return
  const capture_method = stage.chance.pick(['automatic', 'manual'])
  const body = { amount: 100 + stage.chance.below(9000), currency: 'USD', customer, capture_method }
  await insist(stage, { method: 'POST', path: '/payment-intents', body })
  await confirmIntent(stage)
}

export const confirmIntent = about('payment_intents', (id) => ({
  method: 'POST',
  path: `/payment-intents/${id}/confirm`,
  body: {},
}))

export const captureIntent = about('payment_intents', (id, { chance }) => ({
  method: 'POST',
  path: `/payment-intents/${id}/capture`,
  body: chance.happens(0.5) ? {} : { amount_to_capture: 1 + chance.below(5000) },
}))

export const cancelIntent = about('payment_intents', (id) => ({
  method: 'POST',
  path: `/payment-intents/${id}/cancel`,
  body: {},
}))
