import assert from 'node:assert/strict'
import {
  AUTHNET_KEYS,
  signAuthnetWebhook,
  startAuthnetDouble,
  type AuthnetDouble,
} from '@perennial/testkit/gateway-doubles/authnet'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

type Instrument = { readonly kind: 'bankAccount' | 'creditCard'; readonly number: string }
const BANK: Instrument = { kind: 'bankAccount', number: '000123456789' }
const CARD: Instrument = { kind: 'creditCard', number: '4111111111111111' }

/** The sandbox's own account at Authorize.net, played by our double of it, and a card or bank account there; where it tells. */
async function connect(
  world: ScenarioWorld,
  double: AuthnetDouble,
  instrument: Instrument,
): Promise<string> {
  const connected = await world.api.post('/gateways', {
    kind: 'authnet',
    name: 'Authorize.net',
    code: 'authnet',
    base_url: double.url,
    credentials: {
      api_login_id: AUTHNET_KEYS.apiLoginId,
      transaction_key: AUTHNET_KEYS.transactionKey,
      signature_key: AUTHNET_KEYS.signatureKey,
    },
  })
  await world.expects(['gateway.created'])
  world.countCharges(() =>
    double
      .transactions()
      .filter(({ transactionType }) => transactionType === 'authCaptureTransaction')
      .filter(({ status }) => status !== 'voided')
      .map(({ transId }) => `${transId} 2900`),
  )
  const { id: customer_id } = await world.customer('Ada')
  const kept = double.addProfile(instrument)
  const token = `${kept.customerProfileId}:${kept.paymentProfileId}`
  const type = instrument.kind === 'bankAccount' ? 'us_bank_account' : 'card'
  const method = { type, token, gateway: 'authnet', is_default: true }
  await world.api.post('/payment-methods', { customer_id, ...method })
  return `${world.house.service.url}/webhooks/gateways/${world.accountId}/${connected.text('data.id')}`
}

/** Its webhook of a void in its merchant interface. */
async function tellVoid(url: string, transId: string, notificationId = 'note-1'): Promise<void> {
  const notice = {
    notificationId,
    eventType: 'net.authorize.payment.void.created',
    at: new Date('2027-02-01T15:00:00Z'),
    payload: { responseCode: 1, entityName: 'transaction', id: transId },
  }
  const signed = signAuthnetWebhook(notice, AUTHNET_KEYS.signatureKey)
  assert.equal((await fetch(url, { method: 'POST', ...signed })).status, 200)
}

const START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'subscription.activated',
]

scenario(
  'a bank debit that only the list of Authorize.net shows as returned is owed again and recovered',
  async (world) => {
    const double = await startAuthnetDouble()
    try {
      await connect(world, double, BANK)
      const ada = await world.subscribe({
        on: '2027-02-01',
        every: 'year',
        card: null,
        events: START,
      })
      const [debit] = double.transactions()
      assert(debit !== undefined, 'a debit was asked for')
      // Look-ups live by real time, as Authorize.net does; the list is asked for by the account's.
      double.settle()
      await world.goTo('2027-02-04', { events: ['payment.succeeded', 'invoice.paid'] })
      assert.deepEqual(await ada.bills(), ['2900 paid'])

      double.returnDebit(debit.transId, 'R01', new Date('2027-02-04T20:00:00Z'))
      await world.goTo('2027-02-05 12:00', {
        events: ['payment.returned', 'invoice.payment_failed', 'subscription.past_due'],
      })
      assert.deepEqual(await ada.bills(), ['2900 finalized'])
      const undone = await world.api.get('/transactions?type=adjustment')
      assert.equal(undone.at('data.0.gateway_response_code'), 'R01')
      const cases = await world.api.get('/recovery/cases')
      assert.deepEqual([cases.at('data.length'), cases.at('data.0.state')], [1, 'open'])
      const open = await world.api.get('/reconciliation-differences?state=open')
      assert.deepEqual(open.at('data'), [])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a chargeback that only the list of Authorize.net shows opens a dispute, and its reversal wins it',
  async (world) => {
    const double = await startAuthnetDouble()
    try {
      await connect(world, double, CARD)
      await world.subscribe({ on: '2027-02-01', every: 'year', card: null })
      const [charge] = double.transactions()
      assert(charge !== undefined, 'a card was charged')
      double.settle(new Date('2027-02-02T06:00:00Z'))
      double.dispute(charge.transId, 'chargeback', new Date('2027-02-04T20:00:00Z'))
      await world.goTo('2027-02-05 12:00', { events: ['dispute.created', 'payment.disputed'] })
      const disputes = await world.api.get('/disputes')
      const id = disputes.text('data.0.id')
      assert.deepEqual(
        [disputes.at('data.0.status'), disputes.at('data.0.amount_minor')],
        ['needs_response', 2900],
      )

      double.dispute(charge.transId, 'chargebackReversal', new Date('2027-02-10T20:00:00Z'))
      await world.goTo('2027-02-11 12:00', { events: ['dispute.closed'] })
      assert.equal((await world.api.get(`/disputes/${id}`)).at('data.status'), 'won')
      const open = await world.api.get('/reconciliation-differences?state=open')
      assert.deepEqual(open.at('data'), [])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a payment that somebody voids in the merchant interface of Authorize.net is owed again, once',
  async (world) => {
    const double = await startAuthnetDouble()
    try {
      const url = await connect(world, double, CARD)
      const ada = await world.subscribe({ on: '2027-02-01', every: 'year', card: null })
      const payment_id = (await world.api.get('/transactions?limit=1')).text('data.0.id')
      const [charge] = double.transactions()
      assert(charge !== undefined, 'a card was charged')
      double.callOff(charge.transId)
      await tellVoid(url, charge.transId, 'note-1')
      await tellVoid(url, charge.transId, 'note-2')
      await world.expects(['void.created', 'void.succeeded', 'payment.voided'])
      assert.equal((await world.api.get(`/payments/${payment_id}`)).at('status'), 'voided')
      assert.deepEqual(await ada.bills(), ['2900 finalized'])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a payment voided at Authorize.net of which some was given back here waits for a person',
  async (world) => {
    const double = await startAuthnetDouble()
    try {
      const url = await connect(world, double, CARD)
      const ada = await world.subscribe({ on: '2027-02-01', every: 'year', card: null })
      const { invoice_id } = (await world.api.get('/transactions?limit=1')).at('data.0') as {
        readonly invoice_id: string
      }
      const note = { invoice_id, amount_minor: 900, credit_method: 'customer_balance' }
      await world.api.post('/credit_notes', { ...note, reason_code: 'billing_error' })
      await world.expects(['credit_note.created', 'credit_note.issued'])
      const [charge] = double.transactions()
      assert(charge !== undefined, 'a card was charged')
      double.callOff(charge.transId)
      await tellVoid(url, charge.transId)
      await world.expects([])
      assert.deepEqual(await ada.bills(), ['2900 paid'])
      const kept = await world.api.get('/gateway-notices?limit=1')
      assert.match(kept.text('data.0.reason'), /called off what is booked as received/)
      // Booked as received until somebody has looked.
      world.countCharges(() => [`${charge.transId} 2900`])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a hold that somebody voids in the merchant interface of Authorize.net is held no more',
  async (world) => {
    const double = await startAuthnetDouble()
    try {
      const url = await connect(world, double, CARD)
      const { id: customer } = await world.customer('Ada')
      const wish = { customer, amount: 5_000, currency: 'USD', capture_method: 'manual' }
      const made = await world.api.post('/payment-intents', wish)
      const path = `/payment-intents/${made.text('id')}`
      const held = await world.api.post(`${path}/confirm`, {})
      assert.equal(held.at('amount_capturable'), 5_000, JSON.stringify(held.body))
      await world.expects(['payment_intent.created'])
      const [hold] = double.transactions()
      assert(hold !== undefined, 'a card was asked')
      double.callOff(hold.transId)
      await tellVoid(url, hold.transId)
      await world.expects(['payment_intent.canceled'])
      assert.equal((await world.api.get(path)).at('status'), 'canceled')
    } finally {
      await double.close()
    }
  },
)
