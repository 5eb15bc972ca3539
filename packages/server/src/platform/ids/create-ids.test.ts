import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { isUuid } from '@perennial/core/ids'
import { instantFromMs } from '@perennial/core/time'

import { createIds } from './index.ts'

const at = (ms: number) => ({ now: () => instantFromMs(ms) })
const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

test('ids made within one millisecond are distinct and sort in the order of making', () => {
  const ids = createIds({ clock: at(1_800_000_000_000), random: randomBytes })
  const made = [ids.next(), ...ids.nextMany(5_000), ids.next()]
  assert.ok(made.every(isUuid))
  assert.equal(new Set(made).size, made.length)
  assert.deepEqual(made, made.toSorted())
  assert.ok(made.every((id) => timeOf(id) === 1_800_000_000_000))
})

test('a clock that steps back does not make an id that sorts before an earlier one', () => {
  const readings = [2_000, 1_000, 1_500, 2_001].map(instantFromMs)
  const ids = createIds({
    clock: { now: () => readings.shift() ?? instantFromMs(0) },
    random: randomBytes,
  })
  const made = [ids.next(), ids.next(), ids.next(), ids.next()]
  assert.deepEqual(made, made.toSorted())
  assert.deepEqual(made.map(timeOf), [2_000, 2_000, 2_000, 2_001])
})

test('more ids than one millisecond holds borrow the next one and stay in order', () => {
  const ids = createIds({ clock: at(5_000), random: (count) => new Uint8Array(count).fill(0xff) })
  const made = ids.nextMany(140_000)
  assert.equal(timeOf(made.at(0) ?? ''), 5_000)
  assert.equal(timeOf(made.at(-1) ?? ''), 5_001)
  assert.ok(made.every((id, index) => index === 0 || id > (made[index - 1] ?? '')))
})

test('two processes in the same millisecond do not meet', () => {
  const one = createIds({ clock: at(1), random: randomBytes })
  const two = createIds({ clock: at(1), random: randomBytes })
  assert.equal(new Set([...one.nextMany(10_000), ...two.nextMany(10_000)]).size, 20_000)
})
