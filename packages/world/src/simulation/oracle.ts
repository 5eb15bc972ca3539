import type { Card } from '../judging/card.ts'
import { judge } from '../judging/judge.ts'
import type { CardMemory } from '../judging/memory.ts'
import type { World } from '../judging/world.ts'
import { HORIZON_DAYS } from './policy.ts'

const HOUR_MS = 3_600_000
const HORIZON_HOURS = HORIZON_DAYS * 24

/** The first hour of the horizon at which one attempt, on any gateway, would be approved; null when none would. */
export function findOracleHour(
  world: World,
  given: {
    readonly card: Card
    readonly memory: CardMemory
    readonly amountMinor: number
    readonly gateways: readonly string[]
    readonly openedAt: number
  },
): number | null {
  const { currency } = world.file.customers
  const { card, memory, amountMinor } = given
  for (let hour = 1; hour <= HORIZON_HOURS; hour += 1) {
    const at = given.openedAt + hour * HOUR_MS
    for (const gatewayId of given.gateways) {
      const { outcome } = judge(world, { card, memory, gatewayId, amountMinor, currency, at })
      if (outcome.kind === 'approved') return hour
      if (outcome.kind === 'timed_out' && outcome.charged) return hour
    }
  }
  return null
}
