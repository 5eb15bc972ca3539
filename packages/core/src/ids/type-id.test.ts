import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import { ID_PREFIX, type IdKind, type Uuid, decodeId, encodeId, isUuid, uuidV7 } from './index.ts'

const KINDS = Object.keys(ID_PREFIX).filter((name): name is IdKind => name in ID_PREFIX)

/** Vectors of the TypeID specification, version 0.3. */
const VECTORS: readonly (readonly [suffix: string, uuid: string])[] = [
  ['00000000000000000000000000', '00000000-0000-0000-0000-000000000000'],
  ['00000000000000000000000001', '00000000-0000-0000-0000-000000000001'],
  ['0000000000000000000000000a', '00000000-0000-0000-0000-00000000000a'],
  ['0000000000000000000000000g', '00000000-0000-0000-0000-000000000010'],
  ['00000000000000000000000010', '00000000-0000-0000-0000-000000000020'],
  ['7zzzzzzzzzzzzzzzzzzzzzzzzz', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ['0123456789abcdefghjkmnpqrs', '0110c853-1d09-52d8-d73e-1194e95b5f19'],
  ['01h455vb4pex5vsknk084sn02q', '01890a5d-ac96-774b-bcce-b302099a8057'],
]

test('ids are written and read as the TypeID specification says', () => {
  for (const [suffix, uuid] of VECTORS) {
    ok(isUuid(uuid))
    for (const kind of ['customer', 'subscription_schedule', 'usage_event'] as const) {
      equal(encodeId(kind, uuid), `${ID_PREFIX[kind]}_${suffix}`)
      deepEqual(decodeId(kind, `${ID_PREFIX[kind]}_${suffix}`), { kind: 'ok', id: uuid })
    }
  }
})

test('a plain uuid is taken for an id of any kind, in either case', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  deepEqual(decodeId('invoice', id), { kind: 'ok', id })
  deepEqual(decodeId('invoice', id.toUpperCase()), { kind: 'ok', id })
})

test('an id of another kind is told apart from nonsense and names the prefix that was expected', () => {
  const wrong = { kind: 'wrong_prefix', expected: 'cus' }
  deepEqual(decodeId('customer', 'sub_01h455vb4pex5vsknk084sn02q'), wrong)
  deepEqual(decodeId('customer', 'sub_sched_01h455vb4pex5vsknk084sn02q'), wrong)
  const schedule = { kind: 'wrong_prefix', expected: 'sub_sched' }
  deepEqual(decodeId('subscription_schedule', 'sub_01h455vb4pex5vsknk084sn02q'), schedule)
})

test('malformed text is never an id', () => {
  const suffix = '01h455vb4pex5vsknk084sn02q'
  const texts = [
    '',
    'cus_',
    'cus',
    suffix,
    `_${suffix}`,
    `cus__${suffix}`,
    `_cus_${suffix}`,
    `CUS_${suffix}`,
    `cus_${suffix.toUpperCase()}`,
    `cus_${suffix} `,
    `cus_${suffix}\n`,
    ` cus_${suffix}`,
    `cus-${suffix}`,
    `cus_${suffix.slice(1)}`,
    `cus_0${suffix}`,
    'cus_8zzzzzzzzzzzzzzzzzzzzzzzzz', // the first that needs 129 bits
    'cus_01h455vb4pex5vsknk084sn0il', // letters left out of the alphabet
    'cus_01h455vb4pex5vsknk084sn0ou',
    '01890a5dac96774bbcceb302099a8057',
    '01890a5d-ac96-774b-bcce-b302099a805',
    '{01890a5d-ac96-774b-bcce-b302099a8057}',
    `${'a'.repeat(64)}_${suffix}`,
  ]
  for (const text of texts) deepEqual(decodeId('customer', text), { kind: 'malformed' }, text)
})

test('every prefix is its own and well-formed', () => {
  const prefixes = Object.values(ID_PREFIX)
  equal(new Set<string>(prefixes).size, prefixes.length)
  for (const prefix of prefixes) ok(/^[a-z](?:[a-z_]{0,61}[a-z])?$/.test(prefix), prefix)
})

const randomBytes = fc.uint8Array({ minLength: 10, maxLength: 10 })
const times = fc.nat({ max: 2 ** 48 - 1 })

test('every made id survives encoding for every kind', () => {
  fc.assert(
    fc.property(times, randomBytes, fc.constantFrom(...KINDS), (unixMs, random, kind) => {
      const id: Uuid = uuidV7(unixMs, random)
      deepEqual(decodeId(kind, encodeId(kind, id)), { kind: 'ok', id })
    }),
    { numRuns: 2000 },
  )
})

test('a made uuid is version 7, carries its time and sorts by it, encoded or not', () => {
  fc.assert(
    fc.property(times, times, randomBytes, randomBytes, (unixMs, otherMs, random, other) => {
      const [a, b] = [uuidV7(unixMs, random), uuidV7(otherMs, other)]
      ok(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(a))
      equal(Number.parseInt(a.replace('-', '').slice(0, 12), 16), unixMs)
      if (unixMs === otherMs) return
      equal(a < b, unixMs < otherMs)
      equal(encodeId('event', a) < encodeId('event', b), unixMs < otherMs)
    }),
  )
})

test('each of the 74 random bits reaches the uuid', () => {
  const zero = uuidV7(0, new Uint8Array(10))
  let changed = 0
  for (let bit = 0; bit < 80; bit += 1) {
    const random = new Uint8Array(10)
    random[bit >> 3] = 1 << (bit & 7)
    if (uuidV7(0, random) !== zero) changed += 1
  }
  equal(changed, 74)
})

test('a uuid cannot be made from a wrong time or too little chance', () => {
  throws(() => uuidV7(-1, new Uint8Array(10)), Fault)
  throws(() => uuidV7(2 ** 48, new Uint8Array(10)), Fault)
  throws(() => uuidV7(0.5, new Uint8Array(10)), Fault)
  throws(() => uuidV7(0, new Uint8Array(9)), Fault)
})
