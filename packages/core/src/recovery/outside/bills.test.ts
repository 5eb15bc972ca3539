import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withDue } from './bills.ts'
import { openOutside } from './decide-outside.ts'
import { handed, viewOfCards } from './test-outside.ts'

const VIEW = viewOfCards(() => ({ network: 'visa', country: null, history: [] }))

/** What it was handed over for, what is due, whether all of that is taken, what it goes on for. */
const cases: readonly (readonly [bigint, bigint, boolean, bigint])[] = [
  [5000n, 5000n, false, 5000n],
  [5000n, 2000n, false, 2000n],
  [5000n, 5600n, false, 5000n],
  [5000n, 2000n, true, 2000n],
  [5000n, 5600n, true, 5600n],
]

for (const [handedOver, dueMinor, isTakenWhole, goesOnFor] of cases) {
  const how = isTakenWhole ? 'where all of it is taken' : 'where we say how much'
  test(`a bill handed over for ${handedOver} and due for ${dueMinor} is charged ${goesOnFor} ${how}`, () => {
    const { recovery } = openOutside(handed({ amountMinor: handedOver }), VIEW)
    const { amountMinor, ...rest } = withDue(recovery, { dueMinor, isTakenWhole })
    assert.equal(amountMinor, goesOnFor)
    assert.deepEqual({ ...rest, amountMinor: handedOver }, recovery)
  })
}
