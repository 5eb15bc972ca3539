import { scenario } from '@perennial/testkit/scenario'
import assert from 'node:assert/strict'
import { createProfile, operate, PRICE_MINOR } from '../profiles/shop.ts'
import { createDiscount, redemptions } from './discount.ts'

scenario(
  'a bill that was kept as a draft and asks for nothing uses its discount when it is issued',
  { on: '2031-01-01' },
  async (world) => {
    const profile = await createProfile(world)
    const ada = await world.subscribe({
      who: 'Ada',
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      terms: { subscription_profile_id: profile },
    })
    const free = await createDiscount(world, {
      code: 'FREE',
      discount_value: 100,
      max_redemptions: 1,
    })
    await operate(world, ada, 'edit', { add_discounts: [free] })
    await world.expects(['subscription.updated'])
    await ada.pause('keep_as_draft')
    await world.goTo('2031-02-14', { events: ['subscription.paused', 'invoice.created'] })
    const draft = (await ada.invoices()).at(-1)
    assert.deepEqual([draft?.status, draft?.totalMinor], ['draft', 0])
    assert.equal(await redemptions(world, free), 0)
    await world.api.post(`/invoices/${draft?.id}/finalize`)
    await world.expects(['invoice.finalized', 'invoice.paid'])
    assert.equal(await redemptions(world, free), 1)
  },
)
