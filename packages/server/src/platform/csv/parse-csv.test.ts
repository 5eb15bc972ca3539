import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCsv } from './index.ts'

const TABLES = [
  ['a,b\n1,2\n', [['1', '2']]],
  ['\uFEFFa,b\r\n1,2\r\n3,4', [['1', '2'], ['3', '4']]],
  ['a,b\n"x, ""y""",\n\n,2\n', [['x, "y"', ''], ['', '2']]],
  ['a,b\n"two\nlines",2\n3,4', [['two\nlines', '2'], ['3', '4']]],
  ['a,b\n1,', [['1', '']]],
] as const // prettier-ignore

for (const [text, values] of TABLES) {
  test(`${JSON.stringify(text)} is a table`, () => {
    const read = parseCsv(text)
    assert(read.kind === 'table', JSON.stringify(read))
    assert.deepEqual(read.columns, ['a', 'b'])
    assert.deepEqual(
      read.records.map((record) => record.values),
      values,
    )
  })
}

const REFUSED = [
  ['', 1],
  ['a,a\n1,2', 1],
  ['a,b\n1,2\n\n3', 4],
  ['a,b\n"1\n",2\n3,4,5', 4],
  ['a,b\n1,x"y', 2],
  ['a,b\n1,"y', 2],
] as const

for (const [text, line] of REFUSED) {
  test(`${JSON.stringify(text)} is refused by its line`, () => {
    const read = parseCsv(text)
    assert.deepEqual([read.kind, read.kind === 'malformed' ? read.line : 0], ['malformed', line])
  })
}
