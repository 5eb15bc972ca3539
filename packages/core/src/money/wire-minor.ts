import { assert } from '../fault/index.ts'

/**
 * JSON numbers are exact up to 2^53 − 1 only, so amounts beyond it are refused on input and fault
 * on output.
 */
export function isWireMinor(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** Whether an amount that was worked out can be told on the wire. */
export function fitsWire(amountMinor: bigint): boolean {
  return isWireMinor(Number(amountMinor))
}

/** Faults: beyond 2^53 − 1. */
export function toWireMinor(amountMinor: bigint): number {
  const value = Number(amountMinor)
  assert(isWireMinor(value), 'an amount on the wire is within 2^53 - 1')
  return value
}

/** Faults: not a safe integer; check input with `isWireMinor` first. */
export function fromWireMinor(value: number): bigint {
  assert(isWireMinor(value), 'an amount from the wire is a safe integer')
  return BigInt(value)
}
