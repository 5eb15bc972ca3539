import { versionAt } from '../judging/world.ts'
import type { Charge } from '../charges/charge.ts'
import type { Books } from './books.ts'

const PPM_PER_BPS = 100
const PPM = 1_000_000n

/** What the gateway keeps of a captured charge: its share, rounded half up, and what it costs each time. */
export function chargeFeeMinor(books: Books, charge: Charge): number {
  const { bps, fixed_minor, per_attempt_minor } = feesOf(books, charge)
  const ppm = BigInt(Math.round(bps * PPM_PER_BPS))
  const share = (BigInt(charge.capturedMinor) * ppm + PPM / 2n) / PPM
  return Number(share) + Math.round(fixed_minor) + Math.round(per_attempt_minor)
}

/** What an attempt costs that brought nothing. */
export function attemptFeeMinor(books: Books, charge: Charge): number {
  return Math.round(feesOf(books, charge).per_attempt_minor)
}

function feesOf({ world }: Books, { attempt }: Charge) {
  const gateway = versionAt(world, attempt.at).gateways.get(attempt.gatewayId)
  return gateway?.file.fee ?? { bps: 0, fixed_minor: 0, per_attempt_minor: 0 }
}
