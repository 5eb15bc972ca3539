import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { startProgress } from './progress.ts'

function place(isTTY: boolean) {
  const written: string[] = []
  const time = { ms: 0 }
  const clock = { monotonicMs: () => time.ms }
  const output = { isTTY, write: (text: string) => written.push(text) }
  return { written, time, given: { clock, output } }
}

test('work that never pauses is told of after two seconds, and then every five', () => {
  const { written, time, given } = place(false)
  const progress = startProgress('replaying', given)
  for (const seconds of [0, 1, 2, 3, 6, 8, 13]) {
    time.ms = seconds * 1_000
    progress.tell(`${seconds} of 13 days`)
  }
  progress.end()
  deepEqual(written, [
    'replaying … 2 s, 2 of 13 days\n',
    'replaying … 8 s, 8 of 13 days\n',
    'replaying … 13 s, 13 of 13 days\n',
  ])
})

test('on a terminal one line changes, gives way to a note and is gone at the end', () => {
  const { written, time, given } = place(true)
  const progress = startProgress('replaying', given)
  progress.note('a reason')
  for (const ms of [2_000, 2_100, 2_250]) {
    time.ms = ms
    progress.tell(`${ms} of 9000`)
  }
  progress.note('another')
  progress.end()
  const clear = '\r\u001b[K'
  deepEqual(written, [
    'a reason\n',
    `${clear}replaying … 2 s, 2000 of 9000`,
    `${clear}replaying … 2 s, 2250 of 9000`,
    clear,
    'another\n',
  ])
})
