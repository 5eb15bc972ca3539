import assert from 'node:assert/strict'
import { chargebackItem, startAdyenDouble } from '@perennial/testkit/gateway-doubles/adyen'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { attachAdyenCard, connectAdyen, tellAdyen } from '../payments/adyen-merchant.ts'
import { ledgerOf } from '../reconciliation/ledger-of.ts'

type Shop = {
  /** What Adyen tells of the one dispute, on a day of January 2027. */
  readonly tell: (eventCode: string, day: number) => Promise<void>
  /** Hands in what a payout of that day carried, lines of the one payment by kind and day; what differs then. */
  readonly handIn: (
    day: number,
    lines: readonly (readonly [kind: string, day: number])[],
  ) => Promise<string[]>
}

/** A payment of 29.00 at Adyen that its holder disputes; nothing is charged afterwards. */
function atAdyen(name: string, story: (world: ScenarioWorld, shop: Shop) => Promise<void>): void {
  scenario(name, async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      await attachAdyenCard(world, double.addCard())
      await world.subscribe({ on: '2027-01-01', every: 'year', card: null })
      const [payment] = double.payments()
      assert(payment !== undefined, 'the first year is paid')
      const item = chargebackItem(double.openDispute(payment.pspReference))
      const path = `/gateways/${webhookUrl.split('/').at(-1)}/settlements`
      const dateOf = (day: number) => `2027-01-${String(day).padStart(2, '0')}`
      const tell: Shop['tell'] = (eventCode, day) =>
        tellAdyen(webhookUrl, [{ ...item, eventCode }], `${dateOf(day)}T12:00:00+01:00`)
      const handIn: Shop['handIn'] = async (day, lines) => {
        const shared = { currency: 'USD', payout_id: `batch ${day}` }
        const rows = lines.map(([kind, on]) => ({
          ...shared,
          kind,
          amount_minor: 29_00,
          date: dateOf(on),
          gateway_reference: payment.pspReference,
          line_id: `${kind} ${on}`,
        }))
        const paid = lines.reduce(
          (sum, [kind]) => sum + (kind === 'chargeback' ? -29_00 : 29_00),
          0,
        )
        const payout = { ...shared, kind: 'payout', amount_minor: paid, date: dateOf(day) }
        await world.api.post(path, { rows: paid === 0 ? rows : [...rows, payout] })
        const open = await world.api.get('/reconciliation-differences?state=open')
        return (open.at('data') as readonly { readonly kind: string }[]).map(({ kind }) => kind)
      }
      await story(world, { tell, handIn })
    } finally {
      await double.close()
    }
  })
}

atAdyen(
  'a dispute that is won and then lost has a line for each time its money moves',
  async (world, { tell, handIn }) => {
    assert.deepEqual(await handIn(1, [['charge', 1]]), [])
    await tell('CHARGEBACK', 2)
    await world.goTo('2027-01-08', { events: ['dispute.created', 'payment.disputed'] })
    assert.deepEqual(await handIn(5, [['chargeback', 4]]), [])
    await tell('CHARGEBACK_REVERSED', 10)
    await world.goTo('2027-01-13', { events: ['dispute.closed'] })
    assert.deepEqual(await handIn(11, [['chargeback_reversal', 10]]), [])
    await tell('SECOND_CHARGEBACK', 20)
    await world.goTo('2027-01-25', { events: ['dispute.closed'] })
    assert.deepEqual(await handIn(21, [['chargeback', 20]]), [])
    const ledger = await ledgerOf(world)
    assert.deepEqual(
      [ledger.get('gateway_clearing'), ledger.get('disputes'), ledger.get('bank')],
      [undefined, 29_00n, undefined],
      'taken twice, brought once',
    )
  },
)

atAdyen(
  'what a dispute moved is compared all at once, and what was not told is seen',
  async (world, { tell, handIn }) => {
    await tell('CHARGEBACK', 2)
    await tell('CHARGEBACK_REVERSED', 10)
    await tell('SECOND_CHARGEBACK', 20)
    const opened = ['dispute.created', 'payment.disputed']
    await world.goTo('2027-01-25', { events: [...opened, 'dispute.closed', 'dispute.closed'] })
    const all = [
      ['charge', 1],
      ['chargeback', 4],
      ['chargeback_reversal', 10],
      ['chargeback', 20],
    ] as const
    assert.deepEqual(await handIn(21, all), [])
    // Adyen brings the money once more, and its word of that has got lost.
    assert.deepEqual(await handIn(23, [['chargeback_reversal', 22]]), ['state_differs'])
    await tell('PREARBITRATION_WON', 22)
    await world.expects(['dispute.closed'])
    assert.deepEqual(await handIn(24, [['chargeback', 23]]), ['missing_here'])
  },
)
