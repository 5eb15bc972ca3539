import { assert } from '@perennial/core/fault'
import { DAY_MS, HOUR_MS, hourOf, nextMidnight, toLocal, weekdayOf } from '../calendar/zone.ts'
import { drawLognormal, drawUnit, purpose } from '../chance/draw.ts'
import { type DeclineReason, drawAdvice } from './advice.ts'
import type { Judgement, Outcome, Trial } from './attempt.ts'
import { lifeIndexAt } from './card.ts'
import { type Decline, getDecline } from './decline-codes.ts'
import { isShortOfFunds } from './funds.ts'
import type { CardMemory } from './memory.ts'
import { isWithin } from './world.ts'

/**
 * A merchant cannot pass an issuer's challenge by trying again: this long, the same amount is
 * challenged again.
 */
const CHALLENGE_MS = 30 * DAY_MS

/** From what the gateway takes at all to the customer's challenge, and on to the money. */
export function judgeAtIssuer(trial: Trial): Judgement {
  const { attempt, memory, issuer, hash } = trial
  const { card, at } = attempt
  const unsupported = findUnsupported(trial)
  if (unsupported !== null) {
    return { outcome: { kind: 'declined', decline: unsupported }, memory: withDecline(memory, at) }
  }
  const lifeIndex = lifeIndexAt(card, at)
  const life = card.lives[lifeIndex]
  assert(life !== undefined, 'a card has a life at any time')
  if (at >= life.endsAt) return refuse(trial, life.endsBy)
  if (memory.flaggedLife === lifeIndex) return refuse(trial, 'fraud')
  if (drawUnit(hash, purpose.fraud) < issuer.file.fraud.rate) {
    return refuse(trial, 'fraud', { ...memory, flaggedLife: lifeIndex })
  }
  if (isWithin(issuer.outages, at)) return refuse(trial, 'issuer_outage')
  if (isStillChallenged(trial)) return { outcome: challenged, memory }
  if (drawUnit(hash, purpose.authentication) < issuer.file.authentication.rate) {
    const challenge = { amountMinor: attempt.amountMinor, until: at + CHALLENGE_MS }
    return { outcome: challenged, memory: { ...memory, challenge } }
  }
  return judgeMoney(trial)
}

/** Funds, limit, refusal spell. */
export function judgeMoney(trial: Trial): Judgement {
  const { attempt, memory, issuer, hash } = trial
  const { at } = attempt
  if (isShortOfFunds(trial.world, attempt.card, at)) return refuse(trial, 'funds')
  if (at < memory.limitUntil) return refuse(trial, 'limit')
  if (drawUnit(hash, purpose.limit) < issuer.file.limits.rate) {
    return refuse(trial, 'limit', { ...memory, limitUntil: nextMidnight(issuer.zone, at) })
  }
  const inSpell = at < memory.spellUntil
  const begins = !inSpell && drawUnit(hash, purpose.spellBegins) < spellProbability(trial)
  if (!inSpell && !begins) return { outcome: approved, memory }
  const { hours, strength } = issuer.file.refusals
  const after = begins
    ? { ...memory, spellUntil: at + drawLognormal(hash, purpose.spellHours, hours) * HOUR_MS }
    : memory
  if (drawUnit(hash, purpose.spellRefuses) < strength) return refuse(trial, 'refusal', after)
  return { outcome: approved, memory: after }
}

function spellProbability({ attempt, memory, issuer, gateway }: Trial): number {
  const { refusals } = issuer.file
  const local = toLocal(issuer.zone, attempt.at)
  let probability =
    refusals.rate *
    (refusals.hour_factor[hourOf(local)] ?? 1) *
    (refusals.weekday_factor[weekdayOf(local) - 1] ?? 1) *
    (refusals.gateway_factor[gateway.id] ?? 1)
  for (const declinedAt of memory.declinedAt) {
    if (declinedAt > attempt.at - DAY_MS) probability *= refusals.after_decline_24h
  }
  return probability
}

function isStillChallenged({ attempt, memory: { challenge } }: Trial): boolean {
  if (challenge === null || attempt.at >= challenge.until) return false
  return challenge.amountMinor === attempt.amountMinor
}

function findUnsupported({ gateway, issuer, attempt }: Trial): Decline | null {
  if (!gateway.networks.has(issuer.network)) return cardNotSupported
  if (!gateway.currencies.has(attempt.currency.toLowerCase())) return currencyNotSupported
  return null
}

function refuse(trial: Trial, reason: DeclineReason, memory: CardMemory = trial.memory): Judgement {
  const decline = declineByReason[reason]
  const adviceCode = drawAdvice(trial, reason)
  return {
    outcome: {
      kind: 'declined',
      decline: adviceCode === null ? decline : { ...decline, adviceCode },
    },
    memory: withDecline(memory, trial.attempt.at),
  }
}

function withDecline(memory: CardMemory, at: number): CardMemory {
  const recent = memory.declinedAt.filter((declinedAt) => declinedAt > at - DAY_MS)
  return { ...memory, declinedAt: [...recent, at] }
}

const approved: Outcome = { kind: 'approved' }
const challenged: Outcome = { kind: 'needs_action', decline: getDecline('1A') }
const cardNotSupported = getDecline('card_not_supported')
const currencyNotSupported = getDecline('currency_not_supported')

const declineByReason: Readonly<Record<DeclineReason, Decline>> = {
  expired: getDecline('54'),
  closed: getDecline('46'),
  lost: getDecline('41'),
  stolen: getDecline('43'),
  fraud: getDecline('59'),
  issuer_outage: getDecline('91'),
  funds: getDecline('51'),
  limit: getDecline('61'),
  refusal: getDecline('05'),
}
