import assert from 'node:assert/strict'
import {
  type BrowserContextOptions,
  findViolations,
  type Page,
  startBrowser,
} from '@perennial/testkit/browser'
import type { ScenarioWorld } from '@perennial/testkit/scenario'

/** For what is to appear; the default of 30 s would make a broken page a slow one. */
const WAITS_MS = 10_000

export const GOOD = '4242424242424242'
export const MASTERCARD = '5555555555554444'
export const WITHOUT_FUNDS = '4000000000009995'
export const AUTHENTICATES = '4000002500003155'

/** Somebody with a browser and a link. */
export type Payer = {
  readonly page: Page
  open(url: string): Promise<void>
  /** Another window of the same browser. */
  openAnother(): Promise<Payer>
  /** Types a card into the form as it stands, from the keyboard, and sends it with Enter. */
  giveCard(card: TypedCard): Promise<void>
  /** The heading of what the page says now. */
  heading(): Promise<string>
  /** The page as it is painted, for people to look at: `SCREENSHOTS=folder npm test -- scenarios/pages`. */
  show(name: string): Promise<void>
  /** Nothing that axe-core can find is wrong with it, by any of its rules or by one. */
  assertAccessible(rule?: string): Promise<void>
  close(): Promise<void>
}

export type TypedCard = {
  readonly number: string
  readonly expiry?: string
  readonly code?: string
  readonly name?: string
  readonly postalCode?: string
}

/** With a browser of their own. Throws on a machine that has none. */
export async function openPayer(
  world: ScenarioWorld,
  options: BrowserContextOptions = {},
): Promise<Payer> {
  const browser = await startBrowser({ localhost: world.house.service.url })
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(WAITS_MS)
  const wrong: string[] = []
  const close = async () => {
    await browser.close()
    assert.deepEqual(wrong, [], 'what the browser complained about')
  }
  const openWindow = async (): Promise<Payer> =>
    payerAt(await context.newPage(), { wrong, openAnother: openWindow, close })
  return openWindow()
}

function payerAt(
  page: Page,
  of: Pick<Payer, 'openAnother' | 'close'> & { readonly wrong: string[] },
): Payer {
  const { wrong, openAnother, close } = of
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('console', (message) => {
    // What a policy forbids is told here; a link that is over is an answer.
    if (message.type() === 'error' && !/status of (404|409|410|429|503)|CONNECTION_REFUSED/.test(message.text())) wrong.push(message.text()) // prettier-ignore
  })
  return {
    page,
    open: async (url) => {
      await page.goto(url)
      await page.locator('main h1, main h2').first().waitFor()
    },
    giveCard: (card) => typeCard(page, card),
    heading: async () => {
      const heading = page.locator('.notice').getByRole('heading')
      await heading.waitFor()
      return heading.innerText()
    },
    show: async (name) => {
      const folder = process.env['SCREENSHOTS']
      if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true }) // prettier-ignore
    },
    assertAccessible: async (rule) => assert.deepEqual(await findViolations(page, rule), []),
    openAnother,
    close,
  }
}

async function typeCard(page: Page, card: TypedCard): Promise<void> {
  const {
    number,
    expiry = '0829',
    code = '123',
    name = 'Ada Lovelace',
    postalCode = '94107',
  } = card
  const keys = page.keyboard
  const asksPostalCode = (await page.getByLabel('ZIP code').count()) > 0
  await page.getByLabel('Card number').focus()
  for (const text of [number, expiry, code, name, ...(asksPostalCode ? [postalCode] : [])]) {
    // What stands there already is written over.
    await keys.press('ControlOrMeta+A')
    await keys.type(text)
    await keys.press('Tab')
  }
  await keys.press('Enter')
}
