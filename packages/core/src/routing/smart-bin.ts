import { choose, isValid, type Asking, type Candidate } from './pick.ts'
import type { Walk } from './route.ts'

/** Attempts that a gateway needs with a BIN, in 90 days, before its rate counts (revcent 7.5). */
export const BIN_ATTEMPTS_MIN = 30

/**
 * The valid gateway with the best approval rate for the card's first six digits, of those that learned routing may
 * choose and that have seen enough of them; of equal ones the first. Null: the normal choice stands.
 */
export function pickByBin(
  walk: Walk,
  candidates: readonly Candidate[],
  asking: Asking,
): Candidate | null {
  const { bin } = asking.method
  const results = bin === null ? undefined : walk.routing.book.binResults.get(bin.slice(0, 6))
  if (results === undefined) return null
  let best: { readonly candidate: Candidate; readonly rate: Rate } | null = null
  for (const candidate of candidates) {
    const { gatewayId } = candidate
    const result = results.get(gatewayId)
    if (walk.routing.config.gateways.get(gatewayId)?.isSmartBin !== true) continue
    if (result === undefined || result.attempts < BIN_ATTEMPTS_MIN) {
      const figure = BigInt(result?.attempts ?? 0)
      walk.reasons.push({ code: 'weighed', gatewayId, metric: 'bin_attempts', figure })
      continue
    }
    if (!isValid(walk, candidate, asking)) continue
    const figure = (BigInt(result.approved) * 100n) / BigInt(result.attempts)
    walk.reasons.push({ code: 'weighed', gatewayId, metric: 'approval_percent', figure })
    if (best === null || isBetter(result, best.rate)) best = { candidate, rate: result }
  }
  if (best === null) return null
  const { candidate } = best
  const after = candidates.filter((one) => one !== candidate)
  return choose(walk, candidate, { by: 'smart_bin', after })
}

type Rate = { readonly approved: number; readonly attempts: number }

function isBetter(one: Rate, other: Rate): boolean {
  return one.approved * other.attempts > other.approved * one.attempts
}
