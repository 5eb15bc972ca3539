import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, assert, assertNever, messageOf } from './index.ts'

test('a broken belief becomes a fault that says what was believed', () => {
  throws(() => assert(Math.abs(-1) < 1, 'one is less than one'), new Fault('one is less than one'))
})

test('a belief that holds passes and narrows', () => {
  const value: string | null = Math.abs(-1) === 1 ? 'here' : null
  assert(value !== null, 'there is a value')
  equal(value.length, 4)
})

test('a union member without a case is named', () => {
  const grown: unknown = { kind: 'new_kind' }
  throws(() => assertNever(grown as never), new Fault('no case for kind new_kind'))
  throws(() => assertNever('new_word' as never), new Fault('no case for new_word'))
})

test('whatever is thrown says something', () => {
  equal(messageOf(new Fault('broken')), 'broken')
  equal(messageOf('a word'), 'a word')
  equal(messageOf(undefined), 'undefined')
})
