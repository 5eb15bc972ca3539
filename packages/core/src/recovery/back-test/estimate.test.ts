import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDraw, drawGamma } from './draws.ts'
import { estimate, type JudgedCase, type JudgedTry } from './estimate.ts'

const GIVEN = { policy: 0, seed: 1 }

function judged(chance: number, real: readonly JudgedTry[] = []): JudgedCase {
  const walks = [[{ chance, isNear: true }]]
  return { amountMinor: 10_00n, reason: 'funds', real, walks }
}

/** So many cases, of each of which one real try was judged. */
function checked(count: number, real: { readonly chance: number; readonly won: number }) {
  const tries = Array.from({ length: count }, (_, index) => ({
    chance: real.chance,
    isWon: index < real.won,
  }))
  return tries.map((one) => judged(0.5, [one]))
}

describe('the range of an estimate', () => {
  test('holds how tries end: one payment is won or it is not', () => {
    const one = estimate([judged(0.5)], GIVEN)
    assert.deepEqual([one.lowMinor, one.highMinor], [0n, 10_00n])
    assert.ok(one.recoveredMinor > 4_00n && one.recoveredMinor < 5_10n, String(one.recoveredMinor))
    const five = estimate(Array.from({ length: 5 }, () => judged(0.5)), GIVEN)
    assert.ok(five.lowMinor <= 10_00n && five.highMinor >= 40_00n)
  }) // prettier-ignore

  test('is as wide as luck alone when the judge is known to be right', () => {
    // 400 payments at 0.5: a standard deviation of 10 of them, 16 to either side of 200 for 90 of 100 samples, and of the judge's error about 7 %.
    const sure = estimate(checked(400, { chance: 0.5, won: 200 }), GIVEN)
    assert.ok(sure.recoveredMinor > 1_950_00n && sure.recoveredMinor < 2_050_00n)
    assert.ok(sure.lowMinor < 1_840_00n && sure.lowMinor > 1_500_00n, String(sure.lowMinor))
    assert.ok(sure.highMinor > 2_160_00n && sure.highMinor < 2_500_00n, String(sure.highMinor))
  })

  test('believes few real tries a little, and many altogether', () => {
    // 19 tries, 9.5 expected, none won: (0 + 4) / (9.5 + 4) of what the judge says, not half of all.
    const lost = estimate(checked(19, { chance: 0.5, won: 0 }), GIVEN)
    assert.ok(lost.recoveredMinor > 2_000n && lost.recoveredMinor < 36_00n, String(lost.recoveredMinor)) // 95.00 x 0.296 = 28.10
    assert.ok(lost.lowMinor <= 10_00n && lost.highMinor >= 50_00n)
    const all = estimate(checked(19, { chance: 0.5, won: 19 }), GIVEN)
    assert.ok(all.recoveredMinor > 140_00n, String(all.recoveredMinor)) // 95.00 x 1.70
    const many = estimate(checked(1_000, { chance: 0.5, won: 50 }), GIVEN)
    assert.ok(many.highMinor < 800_00n, String(many.highMinor)) // a tenth of what the judge had said: 500.00
  }) // prettier-ignore

  test('takes the fees of tries off, of those that fail too, and is the same beside them', () => {
    const fees = { approved: 0.1, declined: 0.02 }
    const plain = checked(400, { chance: 0.5, won: 200 })
    const dear = plain.map((one) => ({ ...one, walks: [[{ chance: 0.5, isNear: true, fees }]] }))
    const { feesMinor, ...rest } = estimate(dear, GIVEN)
    assert.deepEqual({ ...rest, feesMinor: 0n }, estimate(plain, GIVEN))
    // 400 of 10.00, half of them approved: 200 x 1.00 + 200 x 0.20.
    assert.ok(feesMinor > 234_00n && feesMinor < 246_00n, String(feesMinor))
  })

  test('is nothing where nothing is tried', () => {
    const none = { ...judged(0.5), walks: [[]] }
    const { recoveredMinor, lowMinor, highMinor, tries } = estimate([none, none], GIVEN)
    assert.deepEqual([recoveredMinor, lowMinor, highMinor, tries], [0n, 0n, 0n, 0])
    assert.equal(estimate([], GIVEN).highMinor, 0n)
  })
})

test('gamma draws have the mean and the variance of their shape', () => {
  for (const shape of [1, 4, 60]) {
    const draw = createDraw(7)
    const drawn = Array.from({ length: 20_000 }, () => drawGamma(draw, shape))
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length
    assert.ok(Math.abs(mean / shape - 1) < 0.03, `${shape}: mean ${mean}`)
    assert.ok(Math.abs(variance / shape - 1) < 0.06, `${shape}: variance ${variance}`)
  }
})
