import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { balances } from '../../ledger/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { instantFromMs } from '../../time/index.ts'
import {
  movementTransfers,
  setAsideTransfers,
  type KeptMovement,
  type MovementKind,
} from '../index.ts'
import { numberedId, usd } from '../test-payment.ts'

function idMaker(): () => Uuid {
  let made = 1000
  return () => numberedId((made += 1))
}

function movement(more: Partial<KeptMovement>): KeptMovement {
  return {
    id: numberedId(1),
    gatewayId: numberedId(2),
    reference: 'mv_1',
    kind: 'charge',
    chargeReference: 'ch_1',
    idempotencyKey: null,
    amountMinor: 2900n,
    feeMinor: 114n,
    currency: usd(),
    at: instantFromMs(1_800_000_000_000),
    payoutReference: null,
    ...more,
  }
}

const FEE = 'gateway_fees < gateway_clearing 114'

const BOOKED: readonly (readonly [MovementKind, Partial<KeptMovement>, readonly string[]])[] = [
  ['charge', {}, [FEE]],
  ['charge', { feeMinor: 0n }, []],
  ['refund', { amountMinor: -2900n }, [FEE]],
  ['dispute', { amountMinor: -2900n, feeMinor: 1500n }, []],
  ['dispute_reversal', { feeMinor: 0n }, []],
  ['fee', { amountMinor: -30n, feeMinor: 0n }, ['gateway_fees < gateway_clearing 30']],
  ['fee', { amountMinor: 30n, feeMinor: 0n }, ['gateway_clearing < gateway_fees 30']],
  ['payout', { amountMinor: -2786n, feeMinor: 0n }, ['bank < gateway_clearing 2786']],
  ['payout', { amountMinor: 50n, feeMinor: 0n }, ['gateway_clearing < bank 50']],
  ['adjustment', { amountMinor: -2900n, feeMinor: 0n }, []],
  ['adjustment', { amountMinor: -7n, feeMinor: 0n, chargeReference: null }, ['suspense < gateway_clearing 7']],
] // prettier-ignore

for (const [kind, more, booked] of BOOKED) {
  const { amountMinor = 2900n, feeMinor = 114n } = more
  test(`${kind} of ${amountMinor} with a fee of ${feeMinor} books: ${booked.join(', ') || 'nothing'}`, () => {
    const transfers = movementTransfers(movement({ kind, ...more }), idMaker())
    deepEqual(
      transfers.map(({ debit, credit, amountMinor: minor }) => `${debit} < ${credit} ${minor}`),
      booked,
    )
  })
}

const SET_ASIDE: readonly (readonly [MovementKind, Partial<KeptMovement>, readonly string[]])[] = [
  ['charge', {}, ['gateway_clearing < suspense 2900']],
  ['refund', { amountMinor: -2900n }, ['suspense < gateway_clearing 2900']],
  ['dispute', { amountMinor: -2900n, feeMinor: 1500n }, ['suspense < gateway_clearing 2900', 'gateway_fees < gateway_clearing 1500']],
  ['dispute_reversal', { feeMinor: 0n }, ['gateway_clearing < suspense 2900']],
  ['adjustment', { amountMinor: -7n, feeMinor: 0n }, ['suspense < gateway_clearing 7']],
] // prettier-ignore

for (const [kind, more, booked] of SET_ASIDE) {
  test(`a ${kind} that nothing of ours stands behind leaves nothing in the clearing once it is set aside`, () => {
    const line = movement({ kind, ...more })
    const nextId = idMaker()
    const transfers = setAsideTransfers(line, nextId)
    deepEqual(
      transfers.map(({ debit, credit, amountMinor: minor }) => `${debit} < ${credit} ${minor}`),
      booked,
    )
    const net = line.amountMinor - line.feeMinor
    const payout = movement({ kind: 'payout', amountMinor: -net, feeMinor: 0n })
    const all = [line, payout].flatMap((each) => movementTransfers(each, nextId))
    const clearing = balances([...all, ...transfers]).find(
      ({ account }) => account === 'gateway_clearing',
    )
    equal(clearing?.netMinor ?? 0n, 0n)
  })
}

test('what a gateway pays out less all it lists leaves nothing in the clearing', () => {
  const charges = fc.array(
    fc.record({ amount: fc.bigInt({ min: 1n, max: 10n ** 9n }), fee: fc.bigInt({ min: 0n, max: 10n ** 6n }) }),
    { minLength: 1, maxLength: 20 },
  ) // prettier-ignore
  fc.assert(
    fc.property(charges, (lines) => {
      const nextId = idMaker()
      const kept = lines.map(({ amount, fee }) => movement({ amountMinor: amount, feeMinor: fee }))
      const net = lines.reduce((sum, { amount, fee }) => sum + amount - fee, 0n)
      const payout = movement({ kind: 'payout', amountMinor: -net, feeMinor: 0n })
      const booked = [...kept, payout].flatMap((each) => movementTransfers(each, nextId))
      const sales = lines.reduce((sum, { amount }) => sum + amount, 0n)
      const clearing = balances(booked).find(({ account }) => account === 'gateway_clearing')
      equal(sales + (clearing?.netMinor ?? 0n), 0n)
    }),
    { numRuns: 200 },
  )
})
