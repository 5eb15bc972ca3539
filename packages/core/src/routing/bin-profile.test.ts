import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { holdsBin, parseBins } from './bin-profile.ts'

describe('BIN profiles', () => {
  const rows = [
    { lines: ['424242'], bin: '424242', holds: true },
    { lines: ['424242'], bin: '42424299', holds: true },
    { lines: ['424242'], bin: '424243', holds: false },
    { lines: ['42424250'], bin: '42424250', holds: true },
    // Of a card of which only six digits are known, a first-eight value says nothing.
    { lines: ['42424250'], bin: '424242', holds: false },
    { lines: ['42424200-49', '42424250-99'], bin: '424242', holds: true },
    { lines: ['400000-400099'], bin: '40005012', holds: true },
    { lines: ['400000 - 400099', '555555'], bin: '400100', holds: false },
    { lines: ['555555', '400000', '510000-520000'], bin: '515151', holds: true },
  ]
  for (const { lines, bin, holds } of rows) {
    it(`${lines.join(' and ')} ${holds ? 'holds' : 'does not hold'} ${bin}`, () => {
      const parsed = parseBins(lines)
      assert.ok(parsed.kind === 'parsed')
      assert.equal(holdsBin(parsed.ranges, bin), holds)
    })
  }

  it('names every line that is no BIN', () => {
    const parsed = parseBins(['424242', '4242', '424250-424242', '424242-42424299', 'visa'])
    assert.ok(parsed.kind === 'refused')
    assert.deepEqual(
      parsed.problems.map((problem) => problem.line),
      [1, 2, 3, 4],
    )
  })

  it('takes 5,000 lines and refuses 5,001', () => {
    const lines = Array.from({ length: 5_001 }, (_, index) => String(400_000 + index * 2))
    assert.equal(parseBins(lines.slice(0, 5_000)).kind, 'parsed')
    assert.equal(parseBins(lines).kind, 'refused')
  })
})
