import assert from 'node:assert/strict'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { findViolations } from '@perennial/testkit/browser'

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
  /** Types a card into the form as it stands, from the keyboard, and sends it with Enter. */
  giveCard(card: TypedCard): Promise<void>
  /** The heading of what the page says now. */
  heading(): Promise<string>
  /** The page as it is painted, for people to look at: `SCREENSHOTS=folder npm test -- scenarios/pages`. */
  show(name: string): Promise<void>
  /** Nothing that axe-core can find is wrong with it. */
  assertAccessible(): Promise<void>
  close(): Promise<void>
}

export type TypedCard = {
  readonly number: string
  readonly expiry?: string
  readonly code?: string
  readonly name?: string
  readonly postalCode?: string
}

export async function openPayer(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Payer> {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(WAITS_MS)
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('console', (message) => {
    // What a policy forbids is told here; a link that is over is an answer.
    if (message.type() === 'error' && !/status of 4(04|09|10)|CONNECTION_REFUSED/.test(message.text())) wrong.push(message.text()) // prettier-ignore
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
    assertAccessible: async () => assert.deepEqual(await findViolations(page), []),
    close: async () => {
      await context.close()
      assert.deepEqual(wrong, [], 'what the browser complained about')
    },
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
  await page.getByLabel('Card number').focus()
  for (const text of [number, expiry, code, name, postalCode]) {
    // What stands there already is written over.
    await keys.press('ControlOrMeta+A')
    await keys.type(text)
    await keys.press('Tab')
  }
  await keys.press('Enter')
}
