import assert from 'node:assert/strict'
import { balances, isLedgerAccount } from '@perennial/core/ledger'
import { parseCurrency } from '@perennial/core/money'
import { memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

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

/** What is not zero, on the side on which debits grow. */
async function ledgerOf({ house, accountId }: ScenarioWorld): Promise<Map<string, bigint>> {
  const currency = parseCurrency('USD')
  assert.ok(currency !== null)
  const rows = await house.database.kysely
    .selectFrom('ledger_transfers')
    .select(['debit_account as debit', 'credit_account as credit', 'amount_minor as amountMinor'])
    .where('account_id', '=', accountId)
    .execute()
  const postings = rows.flatMap(({ debit, credit, amountMinor }) =>
    isLedgerAccount(debit) && isLedgerAccount(credit)
      ? [{ debit, credit, amountMinor, currency }]
      : [],
  )
  const nets = balances(postings).filter(({ netMinor }) => netMinor !== 0n)
  return new Map(nets.map(({ account, netMinor }) => [account, netMinor]))
}
