import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { brandColors, contrast, PAGE, parseHex } from './brand-colors.ts'

function ratio(one: string, other: string): number {
  const [first, second] = [parseHex(one), parseHex(other)]
  assert.ok(first !== null && second !== null, `${one} and ${other} are colours`)
  return contrast(first, second)
}

test('whatever colour a merchant has chosen, everything painted with it can be read', () => {
  const hex = fc.integer({ min: 0, max: 0xff_ff_ff }).map((n) => `#${n.toString(16).padStart(6, '0')}`) // prettier-ignore
  fc.assert(
    fc.property(hex, (color) => {
      const { fill, onFill, lineOnLight, lineOnDark } = brandColors(color)
      assert.equal(fill, color)
      for (const [one, other] of [
        [onFill, fill],
        [lineOnLight, PAGE.light],
        [lineOnDark, PAGE.dark],
      ] as const)
        assert.ok(ratio(one, other) >= 4.5, `${one} on ${other} is ${ratio(one, other)}`)
    }),
    { numRuns: 2_000 },
  )
})

test('a colour that can be read as it is stays as it is; none, or nonsense, is a neutral one', () => {
  assert.equal(brandColors('#b00020').lineOnLight, '#b00020')
  assert.equal(brandColors('#abc').fill, '#aabbcc')
  const neutral = brandColors(null)
  for (const nonsense of ['', 'red', '#12', '#ggg', '#1234', 'url(#a)', '#11223344'])
    assert.deepEqual(brandColors(nonsense), neutral)
})

test('the contrast of two colours is that of WCAG', () => {
  const rows = [
    ['#000000', '#ffffff', 21],
    ['#777777', '#ffffff', 4.48],
    ['#ff0000', '#ffffff', 4],
    ['#ffff00', '#ffffff', 1.07],
  ] as const
  for (const [one, other, expected] of rows)
    assert.ok(Math.abs(ratio(one, other) - expected) < 0.005, `${one} on ${other}`)
})
