// Runs alone: a browser takes half a minute.
import assert from 'node:assert/strict'
import { encodeId } from '@perennial/core/ids'
import type { BrowserContextOptions } from '@perennial/testkit/browser'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  memberOf,
  openDatabaseLink,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { freshToken, openBiller } from '../revtain/biller.ts'
import { basic, chargebeeFailure, connect } from '../revtain/connected.ts'
import { AUTHENTICATES, GOOD, MASTERCARD, openPayer, type Payer, WITHOUT_FUNDS } from './payer.ts'

const RECOVERED = [...COLLECTED, 'subscription.updated', 'payment_method.updated']
const PHONE = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true }
const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057'
const DARK = { colorScheme: 'dark' } as const

/** A story in a browser; on a machine that has none it fails, and says so. */
function page(
  name: string,
  options: BrowserContextOptions,
  body: (world: ScenarioWorld, payer: Payer) => Promise<void>,
): void {
  scenario(name, async (world) => {
    const payer = await openPayer(world, options)
    try {
      await body(world, payer)
    } finally {
      await payer.close()
    }
  })
}

/** Ada, whose renewal of 28 February was declined, and the link that she was sent. */
async function failedRenewal(world: ScenarioWorld): Promise<{ ada: Subscriber; url: string }> {
  const ada = await world.subscribe({ on: '2027-01-31', card: card.declinesAfter(1, 'expired_card') }) // prettier-ignore
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  return { ada, url: await linkFor(world, { subscription_id: ada.id }) }
}

async function linkFor(world: ScenarioWorld, body: object): Promise<string> {
  return (await world.api.post('/card-update-links', body)).text('data.url')
}

async function brand(world: ScenarioWorld, settings: object): Promise<void> {
  await world.api.patch('/account', { settings: { brand: settings } })
}

page(
  'a failed renewal is mended from the keyboard, paid at once, and the link is used up',
  {},
  async (world, payer) => {
    await brand(world, { display_name: 'Ada’s Teas', color: '#0a7d5a', support_email: 'help@teas.example' }) // prettier-ignore
    const { ada, url } = await failedRenewal(world)
    await world.api.patch(`/customers/${ada.customer.id}`, { country: 'US' })
    await payer.open(url)
    await payer.show('1-desktop')
    const main = payer.page.getByRole('main')
    await main.getByText('Your payment of $29.00 to Ada’s Teas did not go through.').waitFor()
    await main.getByText('The card has expired.').waitFor()
    assert.equal(await payer.page.title(), 'Ada’s Teas')
    assert.doesNotMatch(await payer.page.content(), /perennial|revtain/i)
    await payer.assertAccessible()

    // From the top of the page, Tab meets the fields in their order, each with its name.
    for (const name of [
      'Card number',
      'Expiry date',
      'Security code',
      'Name on card',
      'ZIP code',
    ]) {
      await payer.page.keyboard.press('Tab')
      assert.equal(await payer.page.getByLabel(name).evaluate(hasFocus), true, name) // prettier-ignore
    }
    await payer.giveCard({ number: GOOD })
    assert.equal(await payer.heading(), 'Thank you, your payment went through')
    const said = payer.page.getByRole('status')
    assert.match(await said.innerText(), /Ada’s Teas has received \$29\.00\.\s+From now on Visa ending in 4242/) // prettier-ignore
    assert.equal(await said.evaluate(hasFocus), true)
    await payer.assertAccessible()
    await payer.show('2-success')
    await world.expects(RECOVERED)
    assert.equal(await ada.status(), 'active')
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
    const methods = await world.api.get(`/customers/${ada.customer.id}/payment-methods`)
    assert.partialDeepStrictEqual(methods.at('data.0'), {
      is_default: true,
      billing_details: { name: 'Ada Lovelace', address: { postal_code: '94107' } },
    })

    await payer.open(url)
    assert.match(await main.innerText(), /This link was used before/)
    assert.doesNotMatch(await payer.page.content(), /Teas/, 'nothing tells whose it was')
    await payer.assertAccessible()
    await payer.show('3-used')
    await assertNowhere(world, GOOD)
  },
)

page(
  'on a small phone a wrong field is named, a declined card is told, and another one pays',
  PHONE,
  async (world, payer) => {
    const { ada, url } = await failedRenewal(world)
    await payer.open(url)
    await payer.show('4-phone')
    const html = payer.page.locator('html')
    const placeOf = (name: string) => payer.page.getByLabel(name).boundingBox()
    assert.equal((await placeOf('Security code'))?.y, (await placeOf('Expiry date'))?.y)
    await html.evaluate(
      (element) => void Reflect.set(Reflect.get(element, 'style'), 'fontSize', '200%'),
    )
    assert.equal((await placeOf('Security code'))?.x, (await placeOf('Expiry date'))?.x, 'room for its words') // prettier-ignore
    await payer.show('4-phone-large')
    await html.evaluate(
      (element) => void Reflect.set(Reflect.get(element, 'style'), 'fontSize', ''),
    )
    await payer.giveCard({ number: '4242424242424241', expiry: '0120', code: '1' })
    const number = payer.page.getByLabel('Card number')
    assert.equal(await number.getAttribute('aria-invalid'), 'true')
    assert.equal(await number.evaluate(hasFocus), true)
    const errorId = await number.getAttribute('aria-describedby')
    assert.match(await payer.page.locator(`#${errorId}`).innerText(), /a digit seems to be wrong/)
    await payer.show('5-phone-errors')
    await payer.assertAccessible()
    const overhang = () => payer.page.evaluate('document.documentElement.scrollWidth - innerWidth') // prettier-ignore
    assert.equal(await overhang(), 0, 'nothing scrolls sideways')
    assert.equal(await number.getAttribute('inputmode'), 'numeric')
    assert.equal(await number.getAttribute('autocomplete'), 'cc-number')

    await payer.giveCard({ number: WITHOUT_FUNDS })
    assert.equal(await payer.heading(), 'The card was declined')
    assert.match(await payer.page.getByRole('alert').innerText(), /not enough funds on this card/)
    assert.equal(await number.inputValue(), '', 'a card that does not work is not kept in the form')
    await payer.show('6-phone-declined')
    await payer.assertAccessible()
    assert.equal(await overhang(), 0, 'nothing scrolls sideways')
    assert.equal(await ada.status(), 'past_due')

    await payer.giveCard({ number: MASTERCARD })
    assert.equal(await payer.heading(), 'Thank you, your payment went through')
    await payer.show('7-phone-success')
    await world.expects(RECOVERED)
    await assertNowhere(world, WITHOUT_FUNDS)
    await assertNowhere(world, MASTERCARD)
  },
)

page(
  'a bank that wants to see its customer gets them, and they come back to a payment that is made',
  DARK,
  async (world, payer) => {
    await brand(world, { color: '#1b1464' })
    const { url } = await failedRenewal(world)
    await payer.open(url)
    await payer.show('8-dark')
    await payer.assertAccessible()
    await payer.giveCard({ number: AUTHENTICATES })
    assert.equal(await payer.heading(), 'Confirm with your bank')
    await payer.show('9-dark-bank')
    await payer.assertAccessible()
    await payer.page.getByRole('link', { name: 'Go to your bank' }).click()
    await payer.page.getByRole('button', { name: 'Confirm' }).click()
    assert.equal(await payer.heading(), 'Thank you, your payment went through')
    await payer.show('10-dark-success')
    await payer.assertAccessible()
    await world.expects(RECOVERED)
  },
)

page('a card that is sent twice is taken and charged once', {}, async (world, payer) => {
  const { ada, url } = await failedRenewal(world)
  await slowGateways(world, 300)
  await payer.open(url)
  let calls = 0
  payer.page.on('request', (request) => (calls += request.url().endsWith('/card') ? 1 : 0))
  await payer.giveCard({ number: GOOD })
  const button = payer.page.getByRole('button', { name: 'One moment…' })
  await button.waitFor()
  await payer.show('11-busy')
  for (let click = 0; click < 3; click += 1) await button.click({ force: true })
  // And from a second window, by a program, at the same moment.
  const card = { number: GOOD, exp_month: 8, exp_year: 2029, cvc: '123', name: 'Ada' }
  const second = await fetch(`${world.house.service.url}${new URL(url).pathname}/card`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ card, tries: 0 }),
  })
  assert.deepEqual([second.status, await second.json()], [409, { result: 'busy' }])
  assert.equal(await payer.heading(), 'Thank you, your payment went through')
  assert.equal(calls, 1)
  await slowGateways(world, 0)
  await world.expects(RECOVERED)
  const methods = await world.api.get(`/customers/${ada.customer.id}/payment-methods`)
  assert.equal((methods.at('data') as unknown[]).length, 2)
})

page('a link that opens nothing says why, and nothing else', PHONE, async (world, payer) => {
  const { ada } = await failedRenewal(world)
  const url = await linkFor(world, { customer_id: ada.customer.id, expires_in: 60 })
  const main = payer.page.getByRole('main')
  await payer.open(url.replace(/.$/, '-'))
  assert.match(await main.innerText(), /This link does not lead anywhere/)
  await payer.assertAccessible()
  await payer.show('12-unknown')
  world.house.clock.moveOn(60_000)
  await payer.open(url)
  assert.match(await main.innerText(), /This link has expired/)
  await payer.show('13-expired')
  // Five cards on one link, and no sixth.
  const path = `${world.house.service.url}${new URL(await linkFor(world, { customer_id: ada.customer.id })).pathname}/card` // prettier-ignore
  const give = async (tries: number) => {
    const card = { number: WITHOUT_FUNDS, exp_month: 8, exp_year: 2029, cvc: '123', name: 'Ada' }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ card, tries }) }) // prettier-ignore
    return [answer.status, ((await answer.json()) as { result: string }).result]
  }
  for (let tries = 0; tries < 5; tries += 1) assert.deepEqual(await give(tries), [200, 'declined'])
  assert.deepEqual(await give(5), [410, 'over'])
})

page(
  'while the database is away, or a link is asked for too often, a payer reads a page and can come again',
  PHONE,
  async (world, payer) => {
    const { url } = await failedRenewal(world)
    const link = await openDatabaseLink(world.house.databaseUrl)
    const service = await world.house.startService({ databaseUrl: link.url })
    const there = `${service.url}${new URL(url).pathname}`
    const challenge = `${service.url}/pay/challenges/${encodeId('account', world.accountId)}/${NOBODY}`
    const main = payer.page.getByRole('main')
    const opened = async (address: string) => {
      const answer = await payer.page.goto(address)
      assert.match(await main.innerText(), /Please open the link again in a minute/)
      return [answer?.status(), Number(answer?.headers()['retry-after']) > 0]
    }
    await link.cut()
    for (const address of [there, challenge]) assert.deepEqual(await opened(address), [503, true])
    await payer.show('24-away')
    await payer.assertAccessible()
    await link.mend()
    await payer.open(there)
    assert.match(await main.innerText(), /Update your card/)
    for (const address of [there.replace(/.$/, '-'), challenge]) {
      for (let asked = 0; asked < 30; asked += 1) assert.equal((await fetch(address)).status, 404)
      assert.deepEqual(await opened(address), [429, true])
    }
    await link.cut()
    await service.close()
  },
)

page(
  'whatever colour a merchant has, the page can be read, and a logo that does not load is a lock',
  {},
  async (world, payer) => {
    const customer = await world.customer()
    const url = await linkFor(world, { customer_id: customer.id })
    for (const color of ['#ffff00', '#000000', '#777777']) {
      await brand(world, { color, logo_url: 'https://127.0.0.1:8443/logo.png' })
      for (const colorScheme of ['light', 'dark'] as const) {
        await payer.page.emulateMedia({ colorScheme })
        await payer.open(url)
        await payer.page.locator('svg.lock').waitFor()
        await payer.assertAccessible('color-contrast')
        await payer.show(`14-color-${color.slice(1)}-${colorScheme}`)
      }
    }
  },
)

page(
  "another biller's payer sees the biller alone; a declined card is followed by one that pays",
  PHONE,
  async (world, payer) => {
    const biller = await openBiller(world, { brand_name: 'Bob & Daughters', brand_primary_color: '#fc0' }) // prettier-ignore
    try {
      const token = freshToken()
      const failed = { paymentMethodToken: token, amount: 4_250, currency: 'EUR', originalDeclineCode: 'expired_card' } // prettier-ignore
      assert.equal((await biller.execute(failed)).status, 202)
      const generate = { body: { paymentMethodToken: token } }
      const link = await biller.call('POST', '/api/recovery/update-card/generate', generate)
      await payer.open(link.text('url'))
      const main = payer.page.getByRole('main')
      await main
        .getByText('Your payment of €42.50 to Bob & Daughters did not go through.')
        .waitFor()
      assert.doesNotMatch(await payer.page.content(), /perennial|revtain|Merchant \d/i)
      await payer.show('15-biller')
      await payer.assertAccessible()
      await payer.giveCard({ number: WITHOUT_FUNDS })
      assert.equal(await payer.heading(), 'The payment did not go through')
      assert.notEqual(payer.page.url(), link.text('url'), 'the next card has a link of its own')
      await payer.show('16-biller-declined')
      await payer.giveCard({ number: GOOD })
      assert.equal(await payer.heading(), 'Thank you, your payment went through')
      const hooks = await biller.hooks()
      const told = hooks.map(({ event, at }) => `${event} ${String(at('trigger') ?? at('source'))}`)
      assert.deepEqual(told.toSorted(), [
        'card.updated update_page',
        'card.updated update_page',
        'recovery.success card_update',
      ])
      assert.doesNotMatch(JSON.stringify(hooks), /4242424242424242/)
      await assertNowhere(world, GOOD)
    } finally {
      await biller.close()
    }
  },
)

page(
  "another biller's payer is sent to their bank and back: refused, called off for another card, and paid",
  PHONE,
  async (world, payer) => {
    const biller = await openBiller(world, { brand_name: 'Bob & Daughters' })
    try {
      const token = freshToken()
      const failed = { paymentMethodToken: token, amount: 4_250, currency: 'EUR', originalDeclineCode: 'expired_card' } // prettier-ignore
      assert.equal((await biller.execute(failed)).status, 202)
      const generate = { body: { paymentMethodToken: token } }
      const first = (await biller.call('POST', '/api/recovery/update-card/generate', generate)).text('url') // prettier-ignore
      await payer.open(first)
      const toBank = payer.page.getByRole('link', { name: 'Go to your bank' })
      const main = payer.page.getByRole('main')

      await payer.giveCard({ number: AUTHENTICATES })
      assert.equal(await payer.heading(), 'Confirm with your bank')
      assert.notEqual(payer.page.url(), first, 'it goes on with a link of its own')
      await payer.show('18-biller-bank')
      await toBank.click()
      await payer.page.getByRole('button', { name: 'Refuse' }).click()
      assert.equal(await payer.heading(), 'The payment did not go through')
      assert.match(await main.innerText(), /Your bank did not confirm that it was you/)
      await payer.show('19-biller-refused')
      await payer.assertAccessible()

      // At the bank once more, without answering there: back, and on with another card.
      await payer.giveCard({ number: AUTHENTICATES })
      await toBank.click()
      await payer.page.getByRole('button', { name: 'Confirm' }).waitFor()
      const bank = payer.page.url()
      await payer.page.goBack()
      await payer.page.reload()
      assert.equal(await payer.heading(), 'Confirm with your bank')
      assert.match(await main.innerText(), /Your payment of €42\.50/)
      await payer.page.getByRole('button', { name: 'Use another card' }).click()
      await payer.giveCard({ number: AUTHENTICATES })
      assert.equal(await payer.heading(), 'Confirm with your bank')
      assert.notEqual(await toBank.getAttribute('href'), bank, 'another challenge')
      await toBank.click()
      await payer.page.getByRole('button', { name: 'Confirm' }).click()
      assert.equal(await payer.heading(), 'Thank you, your payment went through')
      assert.match(await main.innerText(), /Bob & Daughters has received €42\.50\.\s+From now on Visa ending in 3155/) // prettier-ignore
      await payer.show('20-biller-paid')

      const paidOn = payer.page.url()
      for (const url of [first, paidOn]) {
        await payer.open(url)
        assert.match(await main.innerText(), /This link was used before/)
      }
      const told = (await biller.hooks()).map(({ event }) => event)
      assert.deepEqual(told.toSorted(), [...Array(3).fill('card.updated'), 'recovery.success'])
      const moved = (await world.charges()).filter((charge) => memberOf(charge, 'money_moved'))
      assert.deepEqual(moved.map((charge) => memberOf(charge, 'amount_minor')), [4_250]) // prettier-ignore
    } finally {
      await biller.close()
    }
  },
)

page(
  'a paywall is a notice that can be closed, shown to those who owe',
  {},
  async (world, payer) => {
    const biller = await openBiller(world)
    try {
      const customerEmail = 'ada@example.com'
      await biller.execute({ paymentMethodToken: freshToken(), amount: 5_000, simulateOutcome: 'failed', customerEmail }) // prettier-ignore
      let asked = 0
      const told: unknown[] = []
      const shop = 'https://shop.example/'
      // What the shop's page has to allow, and no style.
      const policy =
        "default-src 'none'; script-src http://localhost; connect-src http://localhost; img-src 'self'"
      const script = (email: string) =>
        `<!doctype html><html lang="en"><title>Shop</title><meta name="color-scheme" content="light dark"><main><h1>Shop</h1></main><script src="http://localhost/revtain-paywall.js"
        data-publishable-key="${biller.publishableKey}" data-customer-email="${email}" data-brand-name="Bob" data-brand-color="#1b1464"
        data-card-update-url="/card"></script></html>`
      await payer.page.route(`${shop}**`, (route) => {
        const name = new URL(route.request().url()).pathname.slice(1)
        const body = script(name === 'owes' ? customerEmail : `${name}@example.com`)
        const headers = { 'content-type': 'text/html', 'content-security-policy': policy }
        return route.fulfill({ headers, body })
      })
      payer.page.on('request', (request) => {
        if (!request.url().includes('paywall-status')) return
        asked += 1
        const { referer, cookie } = request.headers()
        told.push(referer, cookie)
      })
      const notice = payer.page.getByRole('region', { name: 'Payment' })
      const heading = payer.page.getByRole('heading', { name: 'Shop' })
      await payer.page.goto(`${shop}owes`)
      await notice.waitFor()
      const said = notice.getByRole('alert')
      assert.equal((await said.innerText()).trim(), 'Bob: your last payment did not go through.')
      const way = notice.getByRole('link', { name: 'Update your card' })
      assert.equal(await way.evaluate((link) => String(Reflect.get(link, 'href'))), `${shop}card`)
      const place = await heading.boundingBox()
      await payer.show('17-paywall')
      await payer.assertAccessible()
      await payer.page.emulateMedia({ colorScheme: 'dark' })
      await payer.page.reload()
      await notice.waitFor()
      await payer.show('17-paywall-dark')
      await payer.assertAccessible()
      assert.equal(asked, 1, 'once a browser session')
      const silentAt = async (name: string): Promise<readonly number[]> => {
        await payer.page.goto(`${shop}${name}`)
        await payer.page.waitForLoadState('networkidle')
        return [await notice.count(), asked]
      }
      // Whoever comes back from the card's page may have paid.
      await way.focus()
      await payer.page.keyboard.press('Enter')
      await payer.page.waitForURL(`${shop}card`)
      await payer.page.goto(`${shop}owes`)
      await notice.waitFor()
      assert.equal(asked, 3, 'one of them for the page of the card')
      for (const key of ['Tab', 'Tab', 'Escape']) await payer.page.keyboard.press(key)
      assert.deepEqual(await silentAt('owes'), [0, 3], 'closed is closed')
      assert.deepEqual(await silentAt('fine'), [0, 4])
      assert.deepEqual(await heading.boundingBox(), place, 'the notice moves nothing')
      await payer.page.route('**/paywall-status**', (route) => route.abort('connectionrefused'))
      assert.deepEqual(await silentAt('unreachable'), [0, 5], 'no answer, no notice, no error')
      assert.deepEqual(told.filter((header) => header !== undefined), [], 'not which page was read, nor by whom') // prettier-ignore
    } finally {
      await biller.close()
    }
  },
)

page(
  'a payer whose bill lives on a platform reads why a new card was not charged',
  PHONE,
  async (world, payer) => {
    const biller = await openBiller(world, { brand_name: 'Bob & Daughters' })
    const { double, send, work } = await connect(world, biller, { platform: 'chargebee' })
    try {
      const isSaid = {
        paid: 'Nothing was charged: by now nothing is owed any more.',
        busy: 'Nothing was charged: another payment of what you owe is on its way already.',
        down: 'Nothing was charged yet. What you owe is taken from this card as soon as possible',
      }
      for (const [state, sentence] of Object.entries(isSaid)) {
        const bill = double.add({ id: `inv_${state}`, token: freshToken() })
        const failed = chargebeeFailure(bill, `ev_${state}`).replace('do_not_honor', 'expired_card')
        await send(failed, basic('u', 'p:w'))
        await work()
        const generate = { body: { paymentMethodToken: bill.token } }
        const link = await biller.call('POST', '/api/recovery/update-card/generate', generate)
        await payer.open(link.text('url'))
        if (state === 'paid' || state === 'busy') bill.state = state
        double.isDown = state === 'down'
        await payer.giveCard({ number: GOOD })
        assert.equal(await payer.heading(), 'Your card is saved')
        await payer.page.getByRole('main').getByText(sentence).waitFor()
        await payer.show(`21-platform-${state}`)
        await payer.assertAccessible()
      }
      assert.equal((await world.charges()).length, 0)
    } finally {
      await Promise.all([biller.close(), double.close()])
    }
  },
)

page(
  'a page that is out of date says so, and blames no card for another one',
  {},
  async (world, payer) => {
    const { ada, url } = await failedRenewal(world)
    await payer.open(url)
    const other = await payer.openAnother()
    await other.open(url)
    await other.giveCard({ number: WITHOUT_FUNDS })
    assert.equal(await other.heading(), 'The card was declined')

    await payer.giveCard({ number: GOOD })
    assert.equal(await payer.heading(), 'Another card was given')
    await payer.show('12-out-of-date')
    await payer.assertAccessible()
    assert.equal(await ada.status(), 'past_due')
    await payer.page.getByRole('link', { name: 'Open this page again' }).click()
    await payer.page.getByLabel('Card number').waitFor()
    await payer.giveCard({ number: GOOD })
    assert.equal(await payer.heading(), 'Thank you, your payment went through')
    await world.expects(RECOVERED)
  },
)

function hasFocus(element: { ownerDocument: { activeElement: unknown } }): boolean {
  return element === element.ownerDocument.activeElement
}

/** What was typed is in no table and in no event, mail or webhook, whole or in groups. */
async function assertNowhere(world: ScenarioWorld, number: string): Promise<void> {
  const { kysely } = world.house.database
  const rows = await world.house.countRows()
  const grouped = number.replace(/(\d{4})(?=\d)/g, '$1 ')
  for (const table of Object.keys(rows)) {
    const found = await kysely
      .selectFrom(kysely.dynamic.table(table as 'events').as('searched'))
      .selectAll()
      .execute()
    const text = JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) // prettier-ignore
    assert.equal(text.includes(number) || text.includes(grouped), false, `${table} has no card number`) // prettier-ignore
  }
}

async function slowGateways(world: ScenarioWorld, ms: number): Promise<void> {
  for (const gateway of ['amber', 'birch', 'cedar']) {
    const fault = ms === 0 ? { fault: 'none' } : { fault: 'slow', ms }
    const body = JSON.stringify({ account: world.accountId, ...fault })
    const headers = { 'content-type': 'application/json' }
    const url = `${world.house.worldUrl}/gateways/${gateway}/fault`
    assert.equal((await fetch(url, { method: 'PUT', headers, body })).status, 200)
  }
}
