import { assert, assertNever } from '../fault/index.ts'
import { compareMinor } from './compare-minor.ts'

/**
 * An exact fraction in lowest terms; `denominator` > 0. Made by `ratio`, so equal values are equal
 * field by field.
 */
export type Ratio = { readonly numerator: bigint; readonly denominator: bigint }

/** `up` is away from zero, `down` toward zero; the `half` modes differ only at exact halves. */
export type RoundingMode = 'half_away' | 'half_even' | 'up' | 'down'

/** Faults: a zero denominator. */
export function ratio(numerator: bigint, denominator: bigint): Ratio {
  assert(denominator !== 0n, 'a denominator is not 0')
  const divisor = greatestCommonDivisor(numerator, denominator)
  const sign = denominator < 0n ? -1n : 1n
  return { numerator: (sign * numerator) / divisor, denominator: (sign * denominator) / divisor }
}

export function addRatio(a: Ratio, b: Ratio): Ratio {
  return ratio(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  )
}

export function multiplyRatio(a: Ratio, b: Ratio): Ratio {
  return ratio(a.numerator * b.numerator, a.denominator * b.denominator)
}

/** For sorting: negative, zero or positive. */
export function compareRatio(a: Ratio, b: Ratio): number {
  return compareMinor(a.numerator * b.denominator, b.numerator * a.denominator)
}

/** The one place where a fraction becomes an integer. */
export function roundRatio(value: Ratio, mode: RoundingMode): bigint {
  const { numerator, denominator } = value
  assert(denominator > 0n, 'a denominator is positive')
  const towardZero = numerator / denominator
  const rest = numerator % denominator
  if (rest === 0n) return towardZero
  const awayFromZero = towardZero + (numerator < 0n ? -1n : 1n)
  const twiceRest = 2n * (rest < 0n ? -rest : rest)
  switch (mode) {
    case 'up':
      return awayFromZero
    case 'down':
      return towardZero
    case 'half_away':
      return twiceRest >= denominator ? awayFromZero : towardZero
    case 'half_even':
      if (twiceRest !== denominator) return twiceRest > denominator ? awayFromZero : towardZero
      return towardZero % 2n === 0n ? towardZero : awayFromZero
    default:
      return assertNever(mode)
  }
}

/** `amountMinor` times `by`, rounded once. */
export function scaleMinor(
  amountMinor: bigint,
  by: Ratio,
  mode: RoundingMode = 'half_away',
): bigint {
  return roundRatio({ numerator: amountMinor * by.numerator, denominator: by.denominator }, mode)
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}
