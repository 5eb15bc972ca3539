import { HOUR_MS } from '../calendar/zone.ts'
import { drawUnit, purpose } from '../chance/draw.ts'
import type { Trial } from './attempt.ts'
import { type Card, lifeIndexAt } from './card.ts'
import { nextIncomeOf } from './funds.ts'
import type { World } from './world.ts'

/** Merchant advice codes that name a delay, and the delay in hours. */
const delayCodes: readonly (readonly [adviceCode: string, hours: number])[] = [
  ['24', 1],
  ['25', 24],
  ['26', 48],
  ['27', 96],
  ['28', 144],
  ['29', 192],
  ['30', 240],
]
/** The network predicts delays in these countries only. */
const predictedCountries = new Set(['US', 'CA'])

export type DeclineReason =
  | 'expired'
  | 'closed'
  | 'lost'
  | 'stolen'
  | 'fraud'
  | 'issuer_outage'
  | 'funds'
  | 'limit'
  | 'refusal'

/**
 * The advice that goes with a refusal; only Mastercard's network has it, and issuers send it with a
 * share of refusals.
 */
export function drawAdvice(trial: Trial, reason: DeclineReason): string | null {
  const { issuer, attempt, hash } = trial
  const { card, at } = attempt
  if (issuer.network !== 'mastercard') return null
  if (drawUnit(hash, purpose.advice) >= issuer.file.advice) return null
  switch (reason) {
    case 'expired':
    case 'closed':
    case 'lost':
    case 'stolen':
      // 01: newer account data exists, or will once the issuer has sent it; 03: do not try again.
      return card.lives.length > lifeIndexAt(card, at) + 1 ? '01' : '03'
    case 'fraud':
      return '03'
    case 'funds':
      return predictedCountries.has(issuer.file.country) ? delayCode(trial.world, card, at) : '02'
    case 'issuer_outage':
    case 'limit':
    case 'refusal':
      return '02'
  }
}

/** The shortest named delay that reaches the next income; the longest when none does. */
function delayCode(world: World, card: Card, at: number): string {
  const incomeAt = nextIncomeOf(world, card, at) ?? Number.POSITIVE_INFINITY
  const hours = (incomeAt - at) / HOUR_MS
  return delayCodes.find(([, delay]) => delay >= hours)?.[0] ?? '30'
}
