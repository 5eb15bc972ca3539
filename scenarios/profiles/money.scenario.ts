import assert from 'node:assert/strict'
import { memberOf, PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'
import { wayOf } from '../routing/decisions.ts'
import { twoGateways } from '../routing/gateways-in-order.ts'
import { createProfile, listRenewals, openShop, standing } from './shop.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario(
  'a renewal is refunded in part and then whole, and its subscription goes on',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-01-15 10:00')
    await world.goTo('2031-02-14 10:00', { events: PAID_RENEWAL })
    await world.goTo('2031-02-15 09:00')
    const renewal = String(memberOf((await listRenewals(world, ada)).at(-1), 'id'))
    const refund = (body: object, mode = 'delayed') =>
      world.api.call('POST', `/renewals/${renewal}/refund`, { body: { mode, ...body } })

    assert.equal((await refund({ amount_minor: 41_00 })).status, 400) // 46
    const part = await refund({ amount_minor: 15_00 }) // 44
    assert.deepEqual(
      ['status', 'amount_refunded_minor', 'amount_total_minor'].map((name) =>
        part.at(`data.${name}`),
      ),
      ['partially_refunded', 15_00, 25_00],
    )
    await world.expects(['refund.created'])
    await world.goTo('2031-02-17 09:59')
    await world.goTo('2031-02-17 10:00', {
      events: ['refund.updated', 'refund.succeeded', 'payment.refunded'],
    })
    assert.equal((await refund({})).at('data.status'), 'refunded') // 45
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    assert.equal((await refund({})).status, 400)
    assert.equal(await standing(ada), 'active 2031-03-16 10:00') // 47
  },
)

scenario(
  'the profile says where its renewals are charged, unless the subscription does',
  IN_2031,
  async (world) => {
    const [first, second] = await twoGateways(world)
    const entries = [first, second].map((gateway_id) => ({ kind: 'gateway', gateway_id }))
    const payment = await world.api.post('/payment-profiles', {
      name: 'Cards',
      definition: { kind: 'basic', steps: [{ source: 'cascade', entries }] },
    })
    await world.expects(['payment_profile.created'])
    const profile = await createProfile(world, {
      payment_profile_id: payment.text('data.id'),
      prefer_last_success_gateway: true,
    })
    const ada = await world.subscribe({
      on: '2031-01-15',
      terms: { subscription_profile_id: profile },
    })
    const attach = async (gatewayId: string) => {
      const gateway = (await world.api.get(`/gateways/${gatewayId}`)).text('data.code')
      const method = (await world.api.get(`/customers/${ada.customer.id}/payment-methods`)).at(
        'data',
      )
      assert.ok(Array.isArray(method))
      const id = String(memberOf(method[0], 'id'))
      await world.api.post(`/payment-methods/${id}/tokens`, { gateway, token: 'tok_visa' })
    }
    await attach(second)
    const chargedAt = async (): Promise<unknown> => {
      return (await wayOf(world, ada)).at(-1)
    }
    await ada.change({ preferred_gateway_id: second }) // 51
    await world.goTo('2031-02-14', { events: ['subscription.routing_changed', ...PAID_RENEWAL] })
    assert.equal(await chargedAt(), second)
    await ada.change({ preferred_gateway_id: null }) // 48: the last success was at the second
    await world.goTo('2031-03-16', { events: ['subscription.routing_changed', ...PAID_RENEWAL] })
    assert.equal(await chargedAt(), second)
    await ada.change({ forced_gateway_id: first }) // 53
    await world.goTo('2031-04-15', { events: ['subscription.routing_changed', ...PAID_RENEWAL] })
    assert.equal(await chargedAt(), first)
  },
)
