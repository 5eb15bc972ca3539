import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkImports } from './check-imports.ts'

const CORE = 'packages/core/src'
const SERVER = 'packages/server/src'

/** The importing file, what it imports, the rule it breaks (null = allowed). */
const CASES: readonly (readonly [from: string, to: string, rule: string | null])[] = [
  [`${CORE}/time/index.ts`, `${CORE}/money/index.ts`, null],
  [`${CORE}/money/index.ts`, `${CORE}/time/index.ts`, 'core-order-money'],
  [`${CORE}/sales/index.ts`, `${CORE}/payments/index.ts`, 'core-order-sales'],
  [`${CORE}/payments/index.ts`, `${CORE}/sales/index.ts`, null],
  [`${CORE}/money/index.ts`, `${SERVER}/api.ts`, 'core-is-pure'],
  [`${CORE}/surprises/index.ts`, `${CORE}/surprises/one.ts`, 'core-module-has-its-place'],
  [`${CORE}/time/zone.ts`, `${CORE}/money/round.ts`, 'core-face'],
  [`${SERVER}/modules/invoices/pay.ts`, `${CORE}/money/round.ts`, 'core-face-outside'],
  [`${SERVER}/modules/invoices/pay.ts`, `${SERVER}/modules/customers/queries.ts`, 'server-face'],
  [`${SERVER}/modules/invoices/pay.ts`, `${SERVER}/modules/customers/index.ts`, null],
  [`${SERVER}/api.ts`, `${SERVER}/modules/customers/queries.ts`, 'server-face-outside'],
  ['bench/renewals.ts', `${SERVER}/modules/customers/queries.ts`, null],
  [`${SERVER}/platform/db/index.ts`, `${SERVER}/modules/customers/index.ts`, 'platform-is-a-leaf'],
  [`${SERVER}/platform/db/index.ts`, `${SERVER}/platform/log/pino.ts`, 'platform-face'],
  [`${SERVER}/modules/invoices/pay.ts`, `${SERVER}/platform/log/pino.ts`, 'platform-face-outside'],
  [
    `${SERVER}/gateways/world/index.ts`,
    `${SERVER}/modules/customers/index.ts`,
    'gateways-know-ports-only',
  ],
  [`${SERVER}/gateways/world/index.ts`, `${CORE}/payments/index.ts`, null],
  [
    `${SERVER}/compat/revtain/index.ts`,
    `${SERVER}/gateways/world/index.ts`,
    'doors-translate-only',
  ],
  [`${SERVER}/compat/revtain/index.ts`, `${SERVER}/modules/customers/index.ts`, null],
  [
    `${SERVER}/modules/invoices/pay.ts`,
    `${SERVER}/gateways/world/index.ts`,
    'modules-know-no-outside',
  ],
  [`${CORE}/billing/bills/bill.ts`, `${CORE}/billing/settle/settle.ts`, 'core-billing-order-bills'],
  [
    `${SERVER}/modules/billing/collect/collect.ts`,
    `${SERVER}/modules/billing/run/run.ts`,
    'billing-order-collect',
  ],
  [`${SERVER}/modules/billing/run/run.ts`, `${SERVER}/modules/billing/collect/collect.ts`, null],
  [
    `${SERVER}/modules/billing/attic/box.ts`,
    `${CORE}/money/index.ts`,
    'billing-room-has-its-place',
  ],
  ['packages/world/src/index.ts', `${SERVER}/api.ts`, 'world-knows-no-server'],
  [`${SERVER}/api.ts`, 'packages/world/src/index.ts', 'server-knows-no-world'],
  ['packages/cli/src/main.ts', 'packages/world/src/index.ts', null],
  ['packages/web/src/main.ts', `${CORE}/money/index.ts`, 'web-knows-the-api-only'],
  [`${SERVER}/api.ts`, 'packages/testkit/src/index.ts', 'the-product-knows-no-workshop'],
  [`${SERVER}/api.test.ts`, 'packages/testkit/src/index.ts', null],
  [`${SERVER}/testing/test-api.ts`, 'packages/testkit/src/index.ts', null],
  [`${SERVER}/api.ts`, `${SERVER}/testing/test-api.ts`, 'the-product-knows-no-workshop'],
  [`${SERVER}/api.ts`, `${SERVER}/missing.ts`, 'resolves'],
]

for (const [from, to, rule] of CASES) {
  const promise = rule === null ? 'is allowed' : `breaks ${rule}`
  test(`${from} importing ${to} ${promise}`, async () => {
    const { problems, modulesCount } = await checkToyTree({
      [to]: 'export type Toy = 1\n',
      [from]: importType(from, to),
    })
    assert.deepEqual(
      [...new Set(problems.map((problem) => problem.rule))],
      rule === null ? [] : [rule],
    )
    assert.ok(modulesCount >= 2)
  })
}

test('a cycle of types alone is a cycle', async () => {
  const [one, two] = [`${CORE}/money/one.ts`, `${CORE}/money/two.ts`]
  const { problems } = await checkToyTree({
    [one]: importType(one, two),
    [two]: importType(two, one),
  })
  assert.ok(problems.length > 0 && problems.every(({ rule }) => rule === 'no-cycles'))
})

function importType(from: string, to: string): string {
  const levels = dirname(from)
    .split('/')
    .map(() => '..')
    .join('/')
  return `import type { Toy } from '${levels}/${to}'\nexport type Mine = Toy\n`
}

async function checkToyTree(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'imports-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      if (path.endsWith('missing.ts')) continue
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return await checkImports(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}
