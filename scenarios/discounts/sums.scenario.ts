import assert from 'node:assert/strict'
import {
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  SENT_START,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { createProfile, listRenewals, operate, PRICE_MINOR } from '../profiles/shop.ts'
import { ledgerOf } from '../reconciliation/ledger-of.ts'
import { createDiscount, linesOf, redemptions, sumOf } from './discount.ts'

const IN_2031 = { on: '2031-01-01' } as const
const FREE_START = PAID_START.filter((type) => type !== 'payment.succeeded')

async function createTaxRate(
  world: ScenarioWorld,
  body: { readonly display_name: string } & Record<string, unknown>,
): Promise<string> {
  const made = await world.api.post('/tax-rates', body)
  await world.expects(['tax_rate.created'])
  return made.text('data.id')
}

scenario(
  'tax is put on what discounts leave, or is taken out of it, and the sums add up',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    const vat = await createTaxRate(world, { display_name: 'VAT', percentage: 20 })
    const city = await createTaxRate(world, { display_name: 'City', percentage: 8.875 })
    const inside = await createTaxRate(world, {
      display_name: 'MwSt',
      percentage: 19,
      inclusive: true,
    })
    const ten = await createDiscount(world, { code: 'TEN', recurring_type: 'forever' })
    const sell = (who: string, terms: object) =>
      world.subscribe({
        who,
        on: '2031-01-15',
        priceMinor: PRICE_MINOR,
        terms: { subscription_profile_id: profile, ...terms },
      })
    const ada = await sell('Ada', { tax_rate_ids: [vat, city], discount_ids: [ten] })
    const eve = await sell('Eve', { tax_rate_ids: [inside], discount_ids: [ten] })
    // 36.00 · 20 % and · 8.875 % = 3.195, half a cent up.
    assert.deepEqual(await linesOf(world, ada), [
      'item 4000',
      'discount -400',
      'tax 720',
      'tax 320',
    ])
    assert.equal(await sumOf(world, ada), '4000 - 400 + 1040 = 4640')
    // 36.00 · 19 / 119 = 5.747…
    assert.deepEqual(await linesOf(world, eve), ['item 4000', 'discount -400', 'tax_included 575'])
    assert.equal(await sumOf(world, eve), '3425 - 400 + 575 = 3600')

    const preview = await operate(world, eve, 'edit', { tax_rate_ids: [vat], preview: true })
    assert.equal(preview.at('data.next_renewal.amount_minor'), 43_20)
    await operate(world, eve, 'edit', { tax_rate_ids: [vat] })
    await world.expects(['subscription.updated'])
    await world.api.patch(`/tax-rates/${city}`, { active: false })
    await world.expects(['tax_rate.updated'])
    await world.goTo('2031-02-14', {
      events: {
        Ada: PAID_RENEWAL,
        Eve: PAID_RENEWAL,
      },
    })
    assert.equal(await sumOf(world, ada), '4000 - 400 + 720 = 4320')
    assert.equal(await sumOf(world, eve), '4000 - 400 + 720 = 4320')
    assert.equal((await world.api.patch(`/tax-rates/${vat}`, { display_name: 'VAT UK' })).at('data.percentage'), 20) // prettier-ignore
    await world.expects(['tax_rate.updated'])
  },
)

scenario(
  'a renewal of nothing is paid at once and uses its discount, and one with tax is refunded like any other',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    const vat = await createTaxRate(world, { display_name: 'VAT', percentage: 20 })
    const all = await createDiscount(world, {
      code: 'ALL',
      discount_value: 100,
      recurring_type: 'repeating',
      recurring_cycles: 1,
    })
    const ada = await world.subscribe({
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      terms: { subscription_profile_id: profile, tax_rate_ids: [vat] },
    })
    await operate(world, ada, 'edit', { add_discounts: [all] })
    const free = PAID_RENEWAL.filter((type) => type !== 'payment.succeeded')
    await world.goTo('2031-02-14', { events: ['subscription.updated', ...free] })
    assert.deepEqual(await linesOf(world, ada), ['item 4000', 'discount -4000'])
    assert.equal(await redemptions(world, all), 1)

    await world.goTo('2031-03-16', { events: PAID_RENEWAL })
    assert.equal(await sumOf(world, ada), '4000 - 0 + 800 = 4800')
    const renewal = (await listRenewals(world, ada)).at(-1)
    assert.equal(memberOf(renewal, 'tax_minor'), 8_00)
    const path = `/renewals/${String(memberOf(renewal, 'id'))}/refund`
    assert.equal(
      (await world.api.call('POST', path, { body: { amount_minor: 48_01 } })).status,
      400,
    )
    await world.api.post(path, { amount_minor: 10_00 })
    assert.equal((await world.api.post(path)).at('data.status'), 'refunded')
    const refunded = ['refund.created', 'refund.succeeded', 'payment.refunded']
    await world.expects([...refunded, ...refunded])
  },
)

scenario(
  'the ledger tells what was sold, what discounts took off, and what was given back',
  IN_2031,
  async (world) => {
    const vat = await createTaxRate(world, { display_name: 'VAT', percentage: 20 })
    const ten = await createDiscount(world, { code: 'TEN', recurring_type: 'forever' })
    const all = await createDiscount(world, { code: 'ALL', discount_value: 100 })
    const sell = (who: string, terms: object, events?: readonly string[]) =>
      world.subscribe({
        who,
        priceMinor: PRICE_MINOR,
        terms: { tax_rate_ids: [vat], ...terms },
        ...(events === undefined ? {} : { events }),
      })
    const ada = await sell('Ada', { discount_ids: [ten] })
    const sold = {
      gateway_clearing: 43_20n,
      revenue: -40_00n,
      discounts: 4_00n,
      tax_payable: -7_20n,
    }
    assert.deepEqual(Object.fromEntries(await ledgerOf(world)), sold)

    await sell('Bob', { discount_ids: [all] }, FREE_START)
    const free = { ...sold, revenue: -80_00n, discounts: 44_00n }
    assert.deepEqual(Object.fromEntries(await ledgerOf(world)), free)

    const sent = { discount_ids: [ten], collectionMethod: 'send_invoice', daysUntilDue: 5 }
    const cyd = await sell('Cyd', sent, SENT_START)
    const [bill] = await cyd.invoices()
    await world.api.post(`/invoices/${bill?.id}/void`)
    await world.expects(['invoice.voided'])
    assert.deepEqual(Object.fromEntries(await ledgerOf(world)), free)

    const { 0: renewal } = await listRenewals(world, ada)
    await world.api.post(`/renewals/${String(memberOf(renewal, 'id'))}/refund`)
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    const { gateway_clearing: _, tax_payable: __, ...kept } = free
    assert.deepEqual(Object.fromEntries(await ledgerOf(world)), { ...kept, refunds: 36_00n })
  },
)
