import {
  planCase,
  type CaseView,
  type PlannedCase,
  type RecoveryCase,
} from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import type { RetryState } from '../state/billed-state.ts'
import { partMinor } from '../charges/part-minor.ts'

/** What a salvage profile says of the next scheduled try. */
export function salvageOf(
  { retriesMade }: Pick<RecoveryCase, 'retriesMade'>,
  { salvage }: Pick<CaseView, 'salvage'>,
): { readonly fixedGatewayId?: RecoveryCase['gatewayId']; readonly percent?: number } {
  const attempt = salvage?.attempts[retriesMade]
  if (salvage === undefined || attempt === undefined) return {}
  const { gateway, percent } = attempt
  return { percent, fixedGatewayId: gateway === 'original' ? salvage.originalGatewayId : null }
}

/** The next step, planned for the part that its try asks for; the case keeps its amount. */
export function planTry(
  { invoice, view }: RetryState,
  own: RecoveryCase,
  at: Instant,
): PlannedCase {
  const { percent = 100 } = salvageOf(own, view)
  const charge = { amountMinor: partMinor(invoice, percent), currency: invoice.currency }
  const { recovery, decision } = planCase({ ...own, ...charge }, view, at)
  return { recovery: { ...recovery, amountMinor: own.amountMinor }, decision }
}
