import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')

/** What axe-core finds against WCAG 2.2 AA and its best practices, one line for each rule and place. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  // The page's own policy allows no script but its own; the test's comes through the debugger.
  await page.evaluate(source)
  const found: unknown = await page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`)
  return Array.isArray(found) ? found.map(String) : ['axe gave no list']
}
