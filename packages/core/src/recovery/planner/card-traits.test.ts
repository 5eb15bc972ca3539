import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDays, addMs, MS_PER_HOUR, parseInstant, UTC, type Instant } from '../../time/index.ts'
import { segmentKey, traitsOfCard, type CardFunding, type CardTraits } from './card-traits.ts'
import { chanceOf } from './chances.ts'
import { emptyEvidence, learn, type AttemptEvidence, type Evidence } from './evidence.ts'
import { buildModel } from './model.ts'
import { packSegment, unpackSegment, type StoredSegment } from './stored-evidence.ts'

const NOW = parseInstant('2026-11-10T09:00:00Z') as Instant
const AROUND_28TH = parseInstant('2026-11-28T12:00:00Z') as Instant
const AROUND_14TH = parseInstant('2026-11-14T12:00:00Z') as Instant

const UNTOLD = { bin: null, country: 'US', zone: UTC }
const DEBIT: CardTraits = { ...UNTOLD, brand: 'visa', funding: 'debit' }
const CREDIT: CardTraits = { ...UNTOLD, brand: 'visa', funding: 'credit' }

/** Two months of hourly first charges on cards of which one in four is short but for the four days from `payday` on. */
function learnPayday(evidence: Evidence, traits: CardTraits, payday: number): void {
  eachHour((at, index) => {
    const days = new Date(at).getUTCDate() - payday
    const hasMoney = days >= 0 && days < 4
    learn(evidence, first(traits, at, index % 4 === 0 && !hasMoney ? 'funds' : null))
  })
}

function eachHour(visit: (at: Instant, index: number) => void): void {
  for (let index = 4 * 24 * 60; index > 0; index -= 1)
    visit(addMs(NOW, -Math.ceil(index / 4) * MS_PER_HOUR), index)
}

function first(
  traits: CardTraits,
  at: Instant,
  failed: AttemptEvidence['failed'],
): AttemptEvidence {
  return { traits, gateway: 'amber', at, failed, isFirst: true, shortAt: null, refusedAt: null }
}

function chanceAt(evidence: Evidence, traits: CardTraits, of: { at: Instant; isShort: boolean }) {
  const question = {
    traits,
    now: NOW,
    endsAt: addDays(NOW, 28),
    attemptsLeft: 8,
    earliestAt: NOW,
    lastReason: of.isShort ? ('funds' as const) : ('gateway_down' as const),
    lastAttemptAt: NOW,
    shortAt: of.isShort ? NOW : null,
    refusedAt: null,
    limitAt: null,
    issuerDownAt: null,
    gateways: ['amber'],
    draw: 0.5,
  }
  return chanceOf(buildModel(evidence, NOW), question, { at: of.at, gateway: 'amber' })
}

test('cards whose digits nobody tells are learned of by network, funding and country', () => {
  const evidence = emptyEvidence()
  learnPayday(evidence, DEBIT, 28)
  learnPayday(evidence, CREDIT, 14)
  const on = (traits: CardTraits, at: Instant) => chanceAt(evidence, traits, { at, isShort: true })
  assert.ok(on(DEBIT, AROUND_28TH) > 0.7 && on(DEBIT, AROUND_14TH) < 0.3)
  assert.ok(on(CREDIT, AROUND_14TH) > 0.7 && on(CREDIT, AROUND_28TH) < 0.3)
})

describe('cards of a kind that was never seen begin with what is known of their funding', () => {
  const unseen = (funding: CardFunding | null) => ({ ...UNTOLD, bin: '400001', funding })

  test('when their holders are paid', () => {
    const evidence = emptyEvidence()
    learnPayday(evidence, { ...DEBIT, bin: '424242' }, 28)
    learnPayday(evidence, { ...CREDIT, bin: '454545' }, 14)
    const on = (funding: CardFunding | null, at: Instant) =>
      chanceAt(evidence, unseen(funding), { at, isShort: true })
    assert.ok(on('debit', AROUND_28TH) > on('credit', AROUND_28TH) + 0.15)
    assert.ok(on('credit', AROUND_14TH) > on('debit', AROUND_14TH) + 0.15)
    assert.ok(on(null, AROUND_28TH) < on('debit', AROUND_28TH), 'the country speaks for the rest')
  })

  test('how often they are refused', () => {
    const evidence = emptyEvidence()
    eachHour((at, index) => {
      const prepaid = { ...UNTOLD, bin: '424242', funding: 'prepaid' as const }
      learn(evidence, first(prepaid, at, index % 3 === 0 ? 'refusal' : null))
      learn(evidence, first({ ...CREDIT, bin: '454545' }, at, null))
    })
    const of = (funding: CardFunding | null) =>
      chanceAt(evidence, unseen(funding), { at: AROUND_28TH, isShort: false })
    assert.ok(of('prepaid') < of(null) - 0.1 && of(null) < of('credit') - 0.1)
  })
})

test('what was stored before fundings were learned of is read, and takes on the next that is told', () => {
  const evidence = emptyEvidence()
  const digits = { ...DEBIT, bin: '424242' }
  learnPayday(evidence, digits, 28)
  const [segment] = evidence.segments.values()
  const { funding, ...old } = packSegment(segment ?? assert.fail())
  assert.equal(funding, 'debit')
  const stored = JSON.parse(JSON.stringify(old)) as StoredSegment
  evidence.segments.set('424242', unpackSegment(stored))
  assert.equal(evidence.segments.get('424242')?.funding, null)
  learn(evidence, first(digits, NOW, null))
  assert.equal(evidence.segments.get('424242')?.funding, 'debit')
})

describe('traitsOfCard', () => {
  const told = { bin: '42424242', brand: 'Visa', funding: 'debit', country: 'US' }
  const rows = [
    ['six digits of eight', told, '424242'],
    ['no digits', { ...told, bin: null }, 'visa debit country US'],
    ['a funding that nobody knows', { ...told, bin: null, funding: 'unknown' }, 'visa country US'],
    ['a country alone', { bin: null, brand: null, funding: null, country: 'US' }, 'country US'],
    ['nothing', { bin: null, brand: null, funding: null, country: null }, 'country unknown'],
  ] as const
  for (const [name, card, key] of rows) {
    test(`${name}: ${key}`, () => assert.equal(segmentKey(traitsOfCard(card)), key))
  }
})
