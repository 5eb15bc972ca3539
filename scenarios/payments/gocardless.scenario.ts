import assert from 'node:assert/strict'
import {
  GOCARDLESS_KEYS,
  mandateEvent,
  paymentEvent,
  signGoCardlessWebhook,
  startGoCardlessDouble,
  type GoCardlessDouble,
  type WebhookEvent,
} from '@perennial/testkit/gateway-doubles/gocardless'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { ledgerOf } from '../reconciliation/ledger-of.ts'

const { accessToken: access_token, webhookSecret } = GOCARDLESS_KEYS

/** Sends an event as GoCardless would; what it was answered. */
type Tell = (event: WebhookEvent, sentAt?: string) => Promise<number>

/** The sandbox's own account at GoCardless, played by our double of it, and its webhooks. */
async function connectGoCardless(world: ScenarioWorld, double: GoCardlessDouble): Promise<Tell> {
  const connected = await world.api.post('/gateways', {
    kind: 'gocardless',
    name: 'GoCardless',
    base_url: double.url,
    credentials: { access_token, webhook_secret: webhookSecret },
  })
  await world.expects(['gateway.created'])
  world.countCharges(() =>
    double
      .payments()
      .filter(({ status }) => ['confirmed', 'paid_out', 'charged_back'].includes(status))
      .filter(({ metadata }) => metadata['attempt'] !== undefined)
      .map(({ id, amount }) => `${id} ${amount}`),
  )
  const url = `${world.house.service.url}/webhooks/gateways/${world.accountId}/${connected.text('data.id')}`
  return async (event, sentAt = '2027-02-04T12:00:00.000Z') => {
    const sent = { secret: webhookSecret, sentAt }
    const { body, headers } = signGoCardlessWebhook([event], sent)
    return (await fetch(url, { method: 'POST', body, headers })).status
  }
}

async function attachMandate(world: ScenarioWorld, double: GoCardlessDouble): Promise<void> {
  const customer = await world.customer('Ada')
  const { id: token } = double.addMandate({ scheme: 'ach' })
  const method = { type: 'us_bank_account', token, gateway: 'gocardless', is_default: true }
  await world.api.post('/payment-methods', { customer_id: customer.id, ...method })
}

const START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'subscription.activated',
]

scenario(
  'a bank debit pays an invoice once GoCardless says that it is confirmed',
  async (world) => {
    const double = await startGoCardlessDouble()
    try {
      const tell = await connectGoCardless(world, double)
      await attachMandate(world, double)
      const ada = await world.subscribe({
        on: '2027-02-01',

        card: null,
        events: START,
      })
      assert.deepEqual(await ada.bills(), ['2900 finalized'])
      const [payment] = double.payments()
      assert(payment !== undefined, 'a debit was asked for')
      double.setStatus(payment.id, 'confirmed')
      assert.equal(await tell(paymentEvent(payment, 'confirmed')), 200)
      await world.expects(['payment.succeeded', 'invoice.paid'])
      assert.deepEqual(await ada.bills(), ['2900 paid'])
    } finally {
      await double.close()
    }
  },
)

scenario('a bank debit without funds makes the subscription past due', async (world) => {
  const double = await startGoCardlessDouble()
  try {
    const tell = await connectGoCardless(world, double)
    await attachMandate(world, double)
    const ada = await world.subscribe({
      on: '2027-02-01',

      card: null,
      events: START,
    })
    const [payment] = double.payments()
    assert(payment !== undefined, 'a debit was asked for')
    double.setStatus(payment.id, 'failed')
    const cause = { cause: 'insufficient_funds', description: 'There was not enough money.' }
    assert.equal(await tell(paymentEvent(payment, 'failed', cause)), 200)
    await world.expects(['payment.failed', 'invoice.payment_failed', 'subscription.past_due'])
    assert.equal(await ada.status(), 'past_due')
    const attempts = await world.api.get('/payment-attempts?limit=1')
    assert.match(JSON.stringify(attempts.at('data.0')), /insufficient_funds/)
  } finally {
    await double.close()
  }
})

scenario(
  'a debit that is retried in the dashboard is collected by nothing else, and accepted when it is paid',
  async (world) => {
    const double = await startGoCardlessDouble()
    try {
      const tell = await connectGoCardless(world, double)
      await attachMandate(world, double)
      const ada = await world.subscribe({
        on: '2027-02-01',
        every: 'year',
        card: null,
        events: START,
      })
      const [payment] = double.payments()
      assert(payment !== undefined, 'a debit was asked for')
      await world.goTo('2027-02-04')
      double.setStatus(payment.id, 'failed')
      const cause = { cause: 'insufficient_funds', description: 'There was not enough money.' }
      assert.equal(await tell(paymentEvent(payment, 'failed', cause)), 200)
      await world.expects(['payment.failed', 'invoice.payment_failed', 'subscription.past_due'])
      double.setStatus(payment.id, 'submitted')
      assert.equal(await tell(paymentEvent(payment, 'submitted'), '2027-02-04T13:00:00.000Z'), 200)
      await world.goTo('2027-02-20')
      assert.equal(double.payments().length, 1, 'recovery debits nothing beside it')

      double.setStatus(payment.id, 'confirmed')
      assert.equal(await tell(paymentEvent(payment, 'confirmed'), '2027-02-20T12:00:00.000Z'), 200)
      const parked = await world.api.get('/gateway-notices?state=parked')
      const note = { note: 'retried in the dashboard' }
      await world.api.post(`/gateway-notices/${parked.text('data.0.id')}/accept`, note)
      await world.expects(['payment.succeeded', 'invoice.paid', 'subscription.updated'])
      assert.deepEqual([await ada.status(), await ada.bills()], ['active', ['2900 paid']])
    } finally {
      await double.close()
    }
  },
)

/** A payer's Bacs instruction, lodged at GoCardless; the two names of it. */
async function lodge(world: ScenarioWorld, double: GoCardlessDouble) {
  const { data: all } = (await world.api.get('/gateways')).body as { data: { id: string; kind: string; enabled: boolean }[] } // prettier-ignore
  const others = all.filter(({ kind, enabled }) => kind !== 'gocardless' && enabled)
  for (const { id } of others) await world.api.post(`/gateways/${id}/disable`)
  await world.expects(others.map(() => 'gateway.updated'))
  const customer = await world.customer('Ada')
  const lodged = await world.api.call('POST', '/mandates', {
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: {
      customerId: customer.id,
      accountHolderName: 'Ada Byron',
      sortCode: '200000',
      accountNumber: '55779911',
      acceptance: {
        acceptedAt: '2027-02-01T08:00:00.000Z',
        payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
        declarations: { sole_signatory: true },
        guaranteeVersion: '2024-1',
      },
    },
  })
  assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
  const mandate = double.mandates().at(-1)
  assert(mandate !== undefined, 'GoCardless has the mandate')
  return { path: `/mandates/${lodged.text('data.id')}`, token: mandate.id }
}

scenario('a Bacs mandate is in force once the banks say so, and not before', async (world) => {
  const double = await startGoCardlessDouble()
  try {
    const tell = await connectGoCardless(world, double)
    await world.goTo('2027-02-01') // a Monday
    const { path, token } = await lodge(world, double)
    await world.expects(['mandate.created'])
    double.setMandate(token, 'submitted')
    await world.goTo('2027-02-04') // asked on the third: not known yet
    assert.equal((await world.api.get(path)).at('data.status'), 'pending_lodgement')
    double.setMandate(token, 'active')
    await world.goTo('2027-02-06', { events: ['mandate.activated'] }) // prettier-ignore
    assert.equal((await world.api.get(path)).at('data.status'), 'active')
    assert.equal(await tell(mandateEvent(token, 'cancelled')), 200)
    await world.expects(['customer.payment_method.detached', 'mandate.cancelled'])
  } finally {
    await double.close()
  }
})

scenario('a Bacs mandate that the banks refuse has failed, whoever tells first', async (world) => {
  const double = await startGoCardlessDouble()
  try {
    const tell = await connectGoCardless(world, double)
    await world.goTo('2027-02-01')
    const asked = await lodge(world, double)
    double.setMandate(asked.token, 'failed')
    await world.goTo('2027-02-04', { events: ['mandate.created', 'mandate.auddis_rejected'] })
    const told = await lodge(world, double)
    double.setMandate(told.token, 'failed')
    assert.equal(await tell(mandateEvent(told.token, 'failed')), 200)
    await world.expects(['mandate.created', 'mandate.auddis_rejected'])
    for (const { path } of [asked, told]) {
      const shown = await world.api.get(path)
      assert.deepEqual(
        [shown.at('data.status'), shown.at('data.failure_reason')],
        ['failed', 'The bank has ended the instruction'],
      )
    }
    const { id: customer_id } = await world.customer('Bob')
    const method = { type: 'us_bank_account', token: told.token, gateway: 'gocardless' }
    const refused = await world.api.call('POST', '/payment-methods', { body: { customer_id, ...method } }) // prettier-ignore
    assert.deepEqual([refused.status, refused.at('error.param')], [400, 'token'])
    const good = { ...method, token: double.addMandate({ scheme: 'bacs' }).id }
    const held = (await world.api.post('/payment-methods', { customer_id, ...good, type: undefined })).text('data.id') // prettier-ignore
    const { status } = await world.api.call('POST', `/payment-methods/${held}/tokens`, { body: { token: told.token, gateway: 'gocardless' } }) // prettier-ignore
    assert.equal(status, 400)
  } finally {
    await double.close()
  }
})

scenario('a mandate stays at its bureau, which is told of its end', async (world) => {
  const double = await startGoCardlessDouble()
  try {
    await connectGoCardless(world, double)
    await world.goTo('2027-02-01')
    const { path, token } = await lodge(world, double)
    double.setMandate(token, 'active')
    await world.goTo('2027-02-04', { events: ['mandate.created', 'mandate.activated'] })
    await world.api.post(`${path}/suspend`)
    await world.expects(['customer.payment_method.detached', 'mandate.suspended'])

    // Other gateways come first in the account's order; the mandate is GoCardless's.
    const listed = (await world.api.get('/gateways')).body as { data: { id: string; kind: string }[] } // prettier-ignore
    const own = listed.data.find(({ kind }) => kind === 'gocardless')?.id ?? ''
    for (const { id } of listed.data) await world.api.post(`/gateways/${id}/enable`)
    await world.api.post(`/gateways/${own}/disable`)
    await world.expects([...listed.data.slice(1).map(() => 'gateway.updated'), 'gateway.updated'])
    const refused = await world.api.call('POST', `${path}/reinstate`, {})
    assert.equal(refused.status, 422)
    assert.equal((await world.api.get(path)).at('data.status'), 'suspended')
    await world.api.post(`/gateways/${own}/enable`)
    await world.expects(['gateway.updated'])
    const reinstated = await world.api.post(`${path}/reinstate`)
    const second = reinstated.text('data.mandate_reference')
    const statuses = () => double.mandates().map(({ id, status }) => [id, status])
    assert.deepEqual(statuses(), [
      [token, 'cancelled'],
      [second, 'pending_submission'],
    ])
    await world.api.post(`${path}/cancel`)
    await world.expects(['mandate.cancelled'])
    assert.deepEqual(statuses().at(-1), [second, 'cancelled'])
  } finally {
    await double.close()
  }
})

/** A payment that somebody makes in GoCardless' own dashboard. */
async function payElsewhere(double: GoCardlessDouble, amount: number): Promise<void> {
  const { id: mandate } = double.addMandate({ scheme: 'ach' })
  const answer = await fetch(`${double.url}/payments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${access_token}`,
      'gocardless-version': '2015-07-06',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ payments: { amount, currency: 'USD', links: { mandate } } }),
  })
  assert.equal(answer.status, 201)
  double.setStatus(double.payments().at(-1)?.id ?? '', 'confirmed')
}

scenario('what GoCardless pays out is reconciled, and what is not ours is found', async (world) => {
  const double = await startGoCardlessDouble()
  try {
    const tell = await connectGoCardless(world, double)
    await attachMandate(world, double)
    await world.subscribe({ on: '2027-02-01', every: 'year', card: null, events: START })
    const [payment] = double.payments()
    assert(payment !== undefined, 'a debit was asked for')
    await world.goTo('2027-02-05')
    double.setStatus(payment.id, 'confirmed')
    assert.equal(await tell(paymentEvent(payment, 'confirmed')), 200)
    await world.expects(['payment.succeeded', 'invoice.paid'])
    assert.equal((await ledgerOf(world)).get('gateway_clearing'), 29_00n)

    double.payOut('USD', new Date('2027-02-05T12:00:00Z'))
    await world.goTo('2027-02-08')
    assert.deepEqual((await world.api.get('/reconciliation-differences')).at('data'), [])
    const ledger = await ledgerOf(world)
    assert.equal(ledger.get('gateway_clearing'), undefined, 'all that moved has reached the bank')
    // One percent and 0.20 of 29.00.
    assert.equal(ledger.get('gateway_fees'), 49n)
    assert.equal(ledger.get('bank'), 28_51n)

    await payElsewhere(double, 12_00)
    double.payOut('USD', new Date('2027-02-09T12:00:00Z'))
    await world.goTo('2027-02-12')
    const found = await world.api.get('/reconciliation-differences')
    assert.deepEqual(
      [found.at('data.length'), found.at('data.0.kind'), found.at('data.0.theirs_minor')],
      [1, 'missing_here', 12_00],
    )
  } finally {
    await double.close()
  }
})

/** A year of a subscription that a debit has paid, and which was paid out on 5 February. */
async function paidByDebit(world: ScenarioWorld, double: GoCardlessDouble) {
  const tell = await connectGoCardless(world, double)
  await attachMandate(world, double)
  const ada = await world.subscribe({ on: '2027-02-01', every: 'year', card: null, events: START })
  const [payment] = double.payments()
  assert(payment !== undefined, 'a debit was asked for')
  await world.goTo('2027-02-05')
  double.setStatus(payment.id, 'confirmed')
  assert.equal(await tell(paymentEvent(payment, 'confirmed')), 200)
  await world.expects(['payment.succeeded', 'invoice.paid'])
  double.payOut('USD', new Date('2027-02-05T12:00:00Z'))
  await world.goTo('2027-02-08')
  return { tell, ada, payment }
}

const CHARGED_BACK = { reason_code: 'R10', cause: 'authorisation_disputed' }

scenario(
  'a debit that is charged back is owed again, and paid once the bank cancels that',
  async (world) => {
    const double = await startGoCardlessDouble()
    try {
      const { tell, ada, payment } = await paidByDebit(world, double)
      double.setStatus(payment.id, 'charged_back')
      assert.equal(await tell(paymentEvent(payment, 'charged_back', CHARGED_BACK)), 200)
      await world.expects(['payment.returned', 'invoice.payment_failed', 'subscription.past_due'])
      assert.deepEqual(await ada.bills(), ['2900 finalized'])
      await payElsewhere(double, 120_00)
      double.payOut('USD', new Date('2027-02-09T12:00:00Z'))
      await world.goTo('2027-02-12')
      const found = await world.api.get('/reconciliation-differences?state=open')
      assert.deepEqual(
        [found.at('data.length'), found.at('data.0.theirs_minor')],
        [1, 120_00],
        'the chargeback has its return; what somebody else took is not ours',
      )

      double.setStatus(payment.id, 'confirmed')
      assert.equal(await tell(paymentEvent(payment, 'chargeback_cancelled')), 200)
      await world.expects(['payment.restored', 'invoice.paid', 'subscription.updated'])
      assert.deepEqual([await ada.status(), await ada.bills()], ['active', ['2900 paid']])
      double.payOut('USD', new Date('2027-02-13T12:00:00Z'))
      await world.goTo('2027-03-20')
      assert.equal(double.payments().length, 2, 'nothing is debited again')
      const open = await world.api.get('/reconciliation-differences?state=open')
      assert.equal(open.at('data.length'), 1, 'the money that came again has what was undone')
      // What is not ours was paid out: 120.00 that no line of our books stands for.
      assert.equal((await ledgerOf(world)).get('gateway_clearing'), -120_00n)
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a chargeback that is heard of only after the bank has cancelled it was never owed anew',
  async (world) => {
    const double = await startGoCardlessDouble()
    try {
      const { tell, ada, payment } = await paidByDebit(world, double)
      double.setStatus(payment.id, 'charged_back')
      double.payOut('USD', new Date('2027-02-09T12:00:00Z'))
      double.setStatus(payment.id, 'confirmed')
      double.payOut('USD', new Date('2027-02-11T12:00:00Z'))
      const cancelled = paymentEvent(payment, 'chargeback_cancelled')
      assert.equal(await tell(cancelled, '2027-02-10T12:00:00.000Z'), 200)
      const chargedBack = paymentEvent(payment, 'charged_back', CHARGED_BACK)
      assert.equal(await tell(chargedBack, '2027-02-08T12:00:00.000Z'), 200)
      await world.goTo('2027-02-20', { events: [] })
      assert.deepEqual([await ada.status(), await ada.bills()], ['active', ['2900 paid']])
      assert.deepEqual((await world.api.get('/reconciliation-differences')).at('data'), [])
      const ledger = await ledgerOf(world)
      assert.equal(ledger.get('gateway_clearing'), undefined, 'all that moved has reached the bank')
    } finally {
      await double.close()
    }
  },
)
