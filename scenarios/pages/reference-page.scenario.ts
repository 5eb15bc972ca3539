// Runs alone: a browser takes half a minute.
import assert from 'node:assert/strict'
import { scenario } from '@perennial/testkit/scenario'
import { openPayer } from './payer.ts'

const PHONE = { viewport: { width: 360, height: 720 } } as const

scenario('whoever opens the address of the service finds the reference, which can be read on a phone and linked to', async (world) => {
  const reader = await openPayer(world, PHONE)
  const { page } = reader
  try {
    await reader.open(`${world.house.service.url}/`)
    assert.equal(new URL(page.url()).pathname, '/docs')
    const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    assert.equal(overhang, 0, 'nothing scrolls sideways')
    await page.keyboard.press('Tab')
    assert.equal(await page.locator(':focus').innerText(), 'Skip to the calls')
    const ids: readonly string[] = await page.locator('article[id]').evaluateAll((found) => found.map((article) => String(Reflect.get(article, 'id')))) // prettier-ignore
    assert.equal(await page.locator('article').count(), new Set(ids).size, 'an address for each')
    await page.getByRole('link', { name: 'Create a customer', exact: true }).first().click()
    assert.equal(new URL(page.url()).hash, '#postCustomers')
    await reader.assertAccessible('color-contrast')
  } finally {
    await reader.close()
  }
}) // prettier-ignore
