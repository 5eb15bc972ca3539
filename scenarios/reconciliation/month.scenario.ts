import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeId } from '@perennial/core/ids'
import {
  chargebackItem,
  modificationItem,
  startAdyenDouble,
} from '@perennial/testkit/gateway-doubles/adyen'
import { memberOf, PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { importSettlementFile } from '../../packages/cli/src/commands/import-settlement.ts'
import { attachAdyenCard, connectAdyen, tellAdyen } from '../payments/adyen-merchant.ts'
import { ledgerOf } from './ledger-of.ts'

const RETURNED = ['payment.returned', 'invoice.payment_failed', 'subscription.past_due']

scenario(
  'a month of charges, a refund, a chargeback and a returned debit is reconciled to the last unit',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
    await world.subscribe({
      who: 'Ben',
      every: 'year',
      priceMinor: 99_00,
      card: 'tok_dispute_fraudulent',
    })
    const cyd = await world.subscribe({
      who: 'Cyd',
      every: 'year',
      card: 'tok_ach_return_R01_after_5',
      events: [
        'subscription.created',
        'invoice.created',
        'invoice.finalized',
        'subscription.activated',
      ],
    })
    await world.goTo('2027-01-06')
    const payment_id = await saleOf(world, ada.customer.id)
    await world.api.post('/refunds', { payment_id, amount_minor: 10_00 })
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    await world.goTo('2027-01-12 12:00', {
      events: {
        Ben: ['dispute.created', 'payment.disputed'],
        Cyd: ['payment.succeeded', 'invoice.paid', ...RETURNED],
      },
    })
    await cyd.replaceCard('tok_visa')
    await world.goTo('2027-02-02', {
      events: {
        Ben: ['dispute.closed'],
        Cyd: ['payment.succeeded', 'invoice.paid', 'subscription.updated'],
      },
    })

    const differences = await world.api.get('/reconciliation-differences')
    assert.deepEqual(differences.at('data'), [])
    const ledger = await ledgerOf(world)
    assert.equal(ledger.get('gateway_clearing'), undefined, 'all that moved has reached the bank')
    assert.equal(ledger.get('disputes'), 99_00n)
    assert.equal(ledger.get('dispute_fees'), 15_00n)
    assert.equal(ledger.get('refunds'), 10_00n)
    // 49.00 - 10.00, nothing of Ben, 29.00 of Cyd; less what the gateway kept.
    const fees = ledger.get('gateway_fees') ?? 0n
    assert.ok(fees > 0n)
    assert.equal(ledger.get('bank'), 39_00n + 29_00n - 15_00n - fees)

    const payouts = await world.api.get('/payouts')
    assert.ok(Number(payouts.at('data.length')) >= 3)
    const nets = payouts.at('data')
    assert.ok(Array.isArray(nets))
    const paid = nets.reduce(
      (sum: number, each: unknown) => sum + Number(memberOf(each, 'net_amount_minor')),
      0,
    )
    assert.equal(BigInt(paid), ledger.get('bank'))
    const lines = await world.api.get(`/payouts/${payouts.text('data.0.id')}/payments`)
    assert.ok(Number(lines.at('data.length')) > 0)
  },
)

async function saleOf(world: ScenarioWorld, customerId: string): Promise<string> {
  return (await world.api.get(`/transactions?type=sale&customer_id=${customerId}`)).text(
    'data.0.id',
  )
}

const COLUMNS =
  'Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Batch Number'

/** A line of the report of batch 7: what was taken and given before fees, and after them. */
function line(
  psp: string,
  on: string,
  type: string,
  sums: { readonly gross: readonly [string, string]; readonly net: readonly [string, string] },
): string {
  const { gross, net } = sums
  const currency = gross.join('') === '' ? '' : 'USD'
  const modification = psp === '' ? '"Transaction Fees, January"' : `${type}-${psp}`
  return `Acme,AcmeECOM,${psp},,visa,${on} 09:12:00,CET,${type},${modification},${currency},${gross.join()},1,USD,${net.join()},,,,,7`
}

const NO_GROSS = ['', ''] as const

scenario(
  'a month at Adyen is handed in from its report, until nothing is left there',
  async (world) => {
    const double = await startAdyenDouble()
    const folder = await mkdtemp(join(tmpdir(), 'perennial-settlement-'))
    try {
      const webhookUrl = await connectAdyen(world, double)
      await attachAdyenCard(world, double.addCard())
      const ada = await world.subscribe({ on: '2027-01-04', card: null })
      const payment_id = await saleOf(world, ada.customer.id)
      await world.api.post('/refunds', { payment_id, amount_minor: 9_00 })
      const told = double.modifications().filter(({ eventCode }) => eventCode === 'REFUND')
      await tellAdyen(webhookUrl, told.map(modificationItem), '2027-01-05T12:00:00+01:00')
      await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
      await world.goTo('2027-02-04', { events: PAID_RENEWAL })
      const [first, second] = double.payments()
      assert.ok(first !== undefined && second !== undefined)
      const dispute = double.openDispute(second.pspReference)
      await tellAdyen(webhookUrl, [chargebackItem(dispute)], '2027-02-06T12:00:00+01:00')
      await world.goTo('2027-02-08', { events: ['dispute.created', 'payment.disputed'] })
      assert.equal((await ledgerOf(world)).get('gateway_clearing'), 20_00n)

      const report = [
        COLUMNS,
        line(first.pspReference, '2027-01-04', 'Settled', {
          gross: ['', '29.00'],
          net: ['', '28.40'],
        }),
        line(first.pspReference, '2027-01-05', 'Refunded', {
          gross: ['9.00', ''],
          net: ['9.00', ''],
        }),
        line(second.pspReference, '2027-02-04', 'Settled', {
          gross: ['', '29.00'],
          net: ['', '28.40'],
        }),
        line(second.pspReference, '2027-02-06', 'Chargeback', {
          gross: ['29.00', ''],
          net: ['36.50', ''],
        }),
        line('', '2027-02-07', 'Fee', { gross: NO_GROSS, net: ['1.00', ''] }),
        line('', '2027-02-07', 'MerchantPayout', { gross: NO_GROSS, net: ['10.30', ''] }),
      ].join('\n')
      const file = join(folder, 'settlement_detail_report_batch_7.csv')
      const handIn = async (text: string, isPreview = false): Promise<string> => {
        await writeFile(file, text)
        const env = { DATABASE_URL: world.house.databaseUrl }
        const account = encodeId('account', world.accountId)
        const wish = { file, account, gateway: 'adyen', isPreview, isJson: false }
        const told = await importSettlementFile(env, wish)
        return `${told.exitCode} ${told.text}`
      }
      const booked = () => ledgerOf(world)
      const before = await booked()
      const unread = handIn(report.replace('9.00,,1,USD,9.00', '9.00,,1,USD,nine'))
      await assert.rejects(unread, /line 3, Net Debit \(NC\): It is no amount of USD/)
      const short = handIn(report.replace('10.30', '10.31'))
      await assert.rejects(
        short,
        /line 7, payout_id: Payout batch 7 is 1031, and its lines come to 1030/,
      )
      assert.match(await handIn(report, true), /^0 6 rows: 7 lines would be new, 4 matched/)
      assert.deepEqual(await booked(), before, 'nothing is booked so far')

      assert.match(await handIn(report), /^0 6 rows: 7 lines are new and booked, 4 matched/)
      const ledger = await ledgerOf(world)
      assert.equal(ledger.get('gateway_clearing'), undefined)
      assert.equal(ledger.get('bank'), 10_30n)
      assert.equal(ledger.get('gateway_fees'), 60n + 60n + 7_50n + 1_00n)
      assert.match(await handIn(report), /^0 6 rows: 0 lines are new/)
      assert.deepEqual(await booked(), ledger, 'the same file again changes nothing')
      assert.deepEqual((await world.api.get('/reconciliation-differences')).at('data'), [])
      await assertRefusals(world)
      const payout = await world.api.get('/payouts')
      assert.deepEqual(
        [payout.at('data.0.gateway_payout_id'), payout.at('data.0.fees_amount_minor')],
        ['batch 7', 1_20],
      )
    } finally {
      await rm(folder, { recursive: true })
      await double.close()
    }
  },
)

/** What the API says to a settlement that does not fit; nothing of it is taken. */
async function assertRefusals(world: ScenarioWorld): Promise<void> {
  const before = await ledgerOf(world)
  const listed = (await world.api.get('/gateways')).at('data')
  assert.ok(Array.isArray(listed))
  const idOf = (code: string) =>
    memberOf(
      listed.find((one) => memberOf(one, 'code') === code),
      'id',
    )
  const fee = { kind: 'fee', amount_minor: 5_00, currency: 'USD', date: '2027-02-07' }
  const refusals = [
    ['adyen', { ...fee, fee_minor: 1 }, 400, 'rows[1].fee_minor'],
    ['adyen', { ...fee, kind: 'charge' }, 400, 'rows[1].gateway_reference'],
    ['adyen', { ...fee, date: 'soon' }, 400, 'rows[1].date'],
    ['adyen', { ...fee, date: '2027-03-07' }, 400, 'rows[1].date'],
    // The payout of this month is closed: nothing more is carried by it.
    ['adyen', { ...fee, payout_id: 'batch 7' }, 400, 'rows[1].payout_id'],
    // It lists what it keeps and pays by itself.
    ['amber', fee, 409, null],
  ] as const
  for (const [code, row, status, param] of refusals) {
    const path = `/gateways/${String(idOf(code))}/settlements`
    const answer = await world.api.call('POST', path, { body: { rows: [fee, row] } })
    assert.deepEqual(
      [answer.status, answer.at('error.param') ?? null],
      [status, param],
      JSON.stringify(row),
    )
  }
  assert.deepEqual(await ledgerOf(world), before)
}

scenario(
  'two equal refunds of one day in two payouts, handed in apart, are two lines or refused',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      await attachAdyenCard(world, double.addCard())
      const ada = await world.subscribe({ on: '2027-01-04', card: null })
      const payment_id = await saleOf(world, ada.customer.id)
      for (const amount_minor of [9_00, 9_00])
        await world.api.post('/refunds', { payment_id, amount_minor })
      const told = double.modifications().filter(({ eventCode }) => eventCode === 'REFUND')
      await tellAdyen(webhookUrl, told.map(modificationItem), '2027-01-05T12:00:00+01:00')
      const refunded = ['refund.succeeded', 'payment.refunded']
      await world.expects(['refund.created', 'refund.created', ...refunded, ...refunded])
      await world.goTo('2027-01-08')

      const listed = (await world.api.get('/gateways')).at('data')
      assert.ok(Array.isArray(listed))
      const id = memberOf(
        listed.find((one) => memberOf(one, 'code') === 'adyen'),
        'id',
      )
      const handIn = (payout_id: string, rows: readonly object[]) =>
        world.api.call('POST', `/gateways/${String(id)}/settlements`, {
          body: { rows: rows.map((row) => ({ currency: 'USD', payout_id, ...row })) },
        })
      const gateway_reference = double.payments()[0]?.pspReference
      const charge = { kind: 'charge', gateway_reference, amount_minor: 29_00, date: '2027-01-04' }
      const refund = { ...charge, kind: 'refund', amount_minor: 9_00, date: '2027-01-05' }
      const payout = (amount_minor: number) => ({
        kind: 'payout',
        amount_minor,
        date: '2027-01-06',
      })
      // Of the charge, a fee was given back: it comes to more than was taken.
      const first = await handIn('batch 1', [{ ...charge, fee_minor: -5 }, refund, payout(20_05)])
      assert.equal(first.status, 200, JSON.stringify(first.body))
      assert.equal((await ledgerOf(world)).get('gateway_fees'), -5n)

      const second = await handIn('batch 2', [refund, payout(-9_00)])
      assert.deepEqual([second.status, second.at('error.param')], [400, 'rows[0].payout_id'])
      const named = await handIn('batch 2', [{ ...refund, line_id: 'M2' }, payout(-9_00)])
      assert.equal(named.status, 200, JSON.stringify(named.body))
      const ledger = await ledgerOf(world)
      assert.deepEqual([ledger.get('gateway_clearing'), ledger.get('bank')], [undefined, 11_05n])
    } finally {
      await double.close()
    }
  },
)
