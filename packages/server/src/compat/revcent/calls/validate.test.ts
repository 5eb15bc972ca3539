import { throws } from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { validateWith } from './validate.ts'

const read = validateWith(Type.Object({ name: Type.Optional(Type.Any()) }), 'body')

const UNSTORABLE: readonly (readonly [what: string, name: string])[] = [
  ['nests without end', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['holds a NUL', '"a\\u0000b"'],
]

for (const [what, name] of UNSTORABLE) {
  test(`what ${what} is refused`, () => {
    throws(() => read(JSON.parse(`{"name":${name}}`)), ApiRefusal)
  })
}
