import assert from 'node:assert/strict'
import {
  authorisationItem,
  startAdyenDouble,
  type AdyenDouble,
} from '@perennial/testkit/gateway-doubles/adyen'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { openBiller } from '../revtain/biller.ts'
import {
  answerIssuer,
  attachAdyenCard,
  CHALLENGED,
  CHALLENGED_BY_FORM,
  connectAdyen,
  openOurs,
  tellAdyen,
} from './adyen-merchant.ts'

const SHOP = 'https://shop.example/thanks?order=7'
const REQUIRES = ['payment_intent.created', 'payment_intent.requires_action']
const PAID = ['payment.succeeded', 'payment_intent.succeeded']
const REFUSED = ['payment.failed', 'payment_intent.payment_failed']

type Waiting = { readonly path: string; readonly url: string }

/** An intent whose customer is sent to their issuer. */
async function challenge(
  world: ScenarioWorld,
  double: AdyenDouble,
  wish: { readonly card?: { readonly number: string }; readonly confirm?: object } = {},
): Promise<Waiting> {
  const { card = CHALLENGED, confirm = { return_url: SHOP } } = wish
  const payment_method = await attachAdyenCard(world, double.addCard(card))
  const method = await world.api.get(`/payment-methods/${payment_method}`)
  const customer = method.text('data.customer_id')
  const body = { customer, amount: 5_000, currency: 'USD', payment_method }
  const path = `/payment-intents/${(await world.api.post('/payment-intents', body)).text('id')}`
  const asked = await world.api.post(`${path}/confirm`, confirm)
  assert.equal(asked.at('status'), 'requires_action', JSON.stringify(asked.body))
  await world.expects(REQUIRES)
  return { path, url: asked.text('next_action.redirect_to_url.url') }
}

async function statusOf(world: ScenarioWorld, { path }: Waiting): Promise<unknown> {
  return (await world.api.get(path)).at('status')
}

scenario(
  'a customer whose issuer wants to see them pays once they are back, once',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      const ada = await challenge(world, double)
      // Confirmed again while she is away, it is the same challenge.
      const again = await world.api.post(`${ada.path}/confirm`, {})
      assert.equal(again.at('next_action.redirect_to_url.url'), ada.url)
      const back = await answerIssuer(ada.url, 'passed')
      assert.equal(double.payments().length, 0, 'nothing is paid before she is back')
      const sentOn = await openOurs(world, back)
      assert.deepEqual([sentOn.status, sentOn.headers.get('location')], [303, SHOP])
      assert.equal(await statusOf(world, ada), 'succeeded')
      await world.expects(PAID)
      // Reloaded, and told by webhook as well.
      assert.equal((await openOurs(world, back)).headers.get('location'), SHOP)
      await tellAdyen(
        webhookUrl,
        double.payments().map(authorisationItem),
        '2027-01-01T12:00:00+01:00',
      )
      assert.equal(double.payments().length, 1)

      // One whose webhook is first, and whose shop has named no page.
      const bob = await challenge(world, double, { confirm: {} })
      const bobsBack = await answerIssuer(bob.url, 'passed')
      const made = await openAtGateway(double, bobsBack)
      await tellAdyen(webhookUrl, [authorisationItem(made)], '2027-01-01T12:00:00+01:00')
      assert.equal(await statusOf(world, bob), 'succeeded')
      await world.expects(PAID)
      const page = await openOurs(world, bobsBack)
      assert.equal(page.status, 200)
      assert.match(await page.text(), /bank_over/)
      assert.equal(double.payments().length, 2)
    } finally {
      await double.close()
    }
  },
)

/** As if the page had handed in what was brought, and its answer had never come. */
async function openAtGateway(double: AdyenDouble, back: string) {
  const redirectResult = new URL(back).searchParams.get('redirectResult') ?? ''
  return double.settleChallenge(redirectResult)
}

scenario(
  'a failed challenge is a decline, a made-up return nothing, and a lost answer asked for again',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      await connectAdyen(world, double)
      const ada = await challenge(world, double)
      const back = await answerIssuer(ada.url, 'failed')
      const madeUp = new URL(back)
      madeUp.searchParams.set('redirectResult', 'made up')
      assert.equal((await openOurs(world, madeUp.href)).status, 303)
      assert.equal(await statusOf(world, ada), 'requires_action')
      await openOurs(world, back)
      const shown = await world.api.get(ada.path)
      assert.partialDeepStrictEqual(shown.body, {
        status: 'requires_payment_method',
        last_payment_error: { decline_code: 'authentication_not_handled' },
      })
      await world.expects(REFUSED)

      const bob = await challenge(world, double)
      const bobsBack = await answerIssuer(bob.url, 'passed')
      double.loseNextAnswer()
      await openOurs(world, bobsBack)
      const early = await world.api.call('POST', `${bob.path}/cancel`, { body: {} })
      assert.equal(early.status, 409, 'what may have been paid is not given up')
      await world.goTo('2027-01-02', { events: PAID })
      assert.equal(await statusOf(world, bob), 'succeeded')
      assert.deepEqual(
        double.payments().map(({ resultCode }) => resultCode),
        ['Refused', 'Authorised'],
      )
    } finally {
      await double.close()
    }
  },
)

scenario(
  'who never comes back is given up after a day, and nothing is paid when they come later',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      await connectAdyen(world, double)
      const ada = await challenge(world, double)
      const back = await answerIssuer(ada.url, 'passed')
      await world.goTo('2027-01-03', { events: ['payment_intent.canceled'] })
      assert.equal((await openOurs(world, back)).headers.get('location'), SHOP)
      assert.equal(await statusOf(world, ada), 'canceled')
      assert.equal(double.payments().length, 0)
    } finally {
      await double.close()
    }
  },
)

scenario(
  "another biller's payer is challenged at Adyen, and comes back to their shop",
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      const biller = await openBiller(world, { gateway: 'adyen' })
      try {
        const returnUrl = 'https://shop.example/back'
        const execute = async (amount: number) => {
          const { id, shopperReference } = double.addCard(CHALLENGED)
          const paymentMethodToken = `PerennialECOM|${id}|${shopperReference}`
          const way = { customerPresent: true, returnUrl }
          const answer = await biller.execute({
            paymentMethodToken,
            amount,
            currency: 'EUR',
            ...way,
          })
          assert.equal(answer.status, 202, JSON.stringify(answer.body))
          const status = `/api/recovery/status/${answer.text('transactionId')}`
          return { status, back: await answerIssuer(answer.text('nextAction.url'), 'passed') }
        }
        const [ada, bob, cleo] = [await execute(4_200), await execute(4_300), await execute(4_400)]
        world.house.clock.moveOn(60_000)
        await world.goTo('2027-01-02')
        assert.equal((await biller.call('GET', ada.status)).at('status'), 'unknown')
        assert.equal((await openOurs(world, ada.back)).headers.get('location'), returnUrl)
        assert.equal((await biller.call('GET', ada.status)).at('status'), 'succeeded')
        // Of one the webhook tells first.
        const made = await openAtGateway(double, cleo.back)
        await tellAdyen(webhookUrl, [authorisationItem(made)], '2027-01-02T12:00:00+01:00')
        assert.equal((await biller.call('GET', cleo.status)).at('status'), 'succeeded')
        await openOurs(world, cleo.back)
        // The last one comes too late: nothing was handed in before, and nothing is now.
        world.house.clock.moveOn(3_600_000)
        await world.goTo('2027-01-03')
        assert.equal((await openOurs(world, bob.back)).headers.get('location'), returnUrl)
        assert.equal((await biller.call('GET', bob.status)).at('status'), 'blocked')
        const told = (await biller.hooks()).map(({ event }) => event)
        assert.deepEqual(told.toSorted(), [
          'recovery.blocked',
          'recovery.success',
          'recovery.success',
        ])
        assert.deepEqual(
          double.payments().map(({ amount }) => amount.value),
          [4_200, 4_400],
        )
      } finally {
        await biller.close()
      }
    } finally {
      await double.close()
    }
  },
)

scenario('a card is set up behind a challenge that its bank wants by a form', async (world) => {
  const double = await startAdyenDouble()
  try {
    const webhookUrl = await connectAdyen(world, double)
    const customer_id = (await world.customer('Ada')).id
    const { id, shopperReference } = double.addCard(CHALLENGED_BY_FORM)
    const token = `PerennialECOM|${id}|${shopperReference}`
    const setup = await world.api.post('/setup-intents', { customer_id })
    const path = `/setup-intents/${setup.text('data.id')}`
    const body = { token, gateway: 'adyen', return_url: SHOP }
    const asked = await world.api.post(`${path}/confirm`, body)
    assert.equal(asked.at('data.status'), 'requires_action', JSON.stringify(asked.body))
    const page = await openOurs(world, asked.text('data.next_action.redirect_to_url.url'))
    assert.match(page.headers.get('content-security-policy') ?? '', new RegExp(`form-action ${double.url} https:`)) // prettier-ignore
    const [, json = ''] = /id="page-data"[^>]*>([^<]*)</.exec(await page.text()) ?? []
    const form = JSON.parse(json) as { url: string; fields: Record<string, string> }
    const sent = await fetch(form.url, {
      method: 'POST',
      body: new URLSearchParams({ ...form.fields, answer: 'passed' }),
      redirect: 'manual',
    })
    // The webhook is faster than its owner.
    const back = sent.headers.get('location') ?? ''
    const made = await openAtGateway(double, back)
    await tellAdyen(webhookUrl, [authorisationItem(made)], '2027-01-01T12:00:00+01:00')
    assert.equal((await world.api.get(path)).at('data.status'), 'succeeded')
    const sentOn = await openOurs(world, back)
    assert.deepEqual([sentOn.status, sentOn.headers.get('location')], [303, SHOP])
    const methods = await world.api.get(`/customers/${customer_id}/payment-methods`)
    assert.equal(methods.at('data.0.is_default'), true)
    assert.deepEqual(
      double.payments().map(({ amount }) => amount.value),
      [0],
    )
  } finally {
    await double.close()
  }
})
