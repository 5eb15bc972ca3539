import { owedMinor, type Invoice } from '../../invoices/index.ts'
import type { CaseView, RecoveryCase } from '../../recovery/index.ts'
import { askedMinor } from '../../routing/index.ts'

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

/** What a try asks for: the networks count by amount, so it is what their guard is asked about. */
export function partMinor(invoice: Invoice, percent: number): bigint {
  return askedMinor(owedMinor(invoice), { kind: 'percent', percent })
}
