import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8')

/** What axe-core finds against WCAG 2.2 AA and its best practices, or against one rule: one line for each rule and place. */
export async function findViolations(page: Page, rule?: string): Promise<readonly string[]> {
  // The page's own policy allows no script but its own; the test's comes through the debugger.
  await page.evaluate(source)
  const options = JSON.stringify(rule === undefined ? {} : { runOnly: [rule] })
  const found: unknown = await page.evaluate(`axe.run(document, ${options}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`)
  return Array.isArray(found) ? found.map(String) : ['axe gave no list']
}
