import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inWordsOf } from './sent-names.ts'

const names: readonly (readonly [param: string, body: unknown, named: string])[] = [
  ['amountMinor', { amount_minor: '5' }, 'amount_minor'],
  ['amountMinor', { amountMinor: '5', amount_minor: 5 }, 'amountMinor'],
  ['amountMinor', {}, 'amountMinor'],
  ['tax_rate_ids[0]', { taxRateIds: [5] }, 'taxRateIds[0]'],
  ['tiers[1].up_to', { tiers: [{ up_to: 1 }, { upTo: 'x' }] }, 'tiers[1].upTo'],
  ['settings.brand.support_email', { settings: { brand: {} } }, 'settings.brand.support_email'],
  ['metadata.foo', { metadata: { foo: 1 } }, 'metadata.foo'],
  ['body', [1], 'body'],
  ['body', null, 'body'],
  ['id', 'text', 'id'],
]
for (const [param, body, named] of names) {
  test(`${param} of ${JSON.stringify(body)} is called ${named}`, () => {
    const problem = {
      status: 400,
      type: 'invalid_request_error',
      code: 'validation_error',
      param,
    } as const
    const given = {
      ...problem,
      message: `${param} is bad.`,
      details: { fields: { [param]: ['is bad'] } },
    }
    assert.deepEqual(inWordsOf([body, {}], given), {
      ...problem,
      param: named,
      message: `${named} is bad.`,
      details: { fields: { [named]: ['is bad'] } },
    })
  })
}
