import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import {
  failureReasonOf,
  zoneOfCountry,
  type CardTraits,
  type FailureReason,
  type PastCase,
  type PastEvidence,
} from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import {
  listPastCases,
  listPastCharges,
  listTokenGateways,
  type PastCaseRow,
  type PastChargeRow,
} from './queries.ts'

/** Recoveries that one back-test looks at, and charges that it learns from, at most: the newest. */
export const CASES_MAX = 2_000
const CHARGES_MAX = 30_000

export type Past = {
  readonly cases: readonly PastCase[]
  readonly evidence: readonly PastEvidence[]
}

/** An account's own past, as back-tests take it. */
export async function loadPast(
  tx: Tx,
  accountId: Uuid,
  of: { readonly from: Instant; readonly to: Instant; readonly currency: Currency },
): Promise<Past> {
  const rows = await listPastCases(tx, accountId, { ...of, limit: CASES_MAX })
  const charges = await listPastCharges(tx, accountId, CHARGES_MAX)
  const chargesOf = Map.groupBy(charges, ({ invoice_id: invoiceId }) => invoiceId)
  const methodIds = [...new Set(charges.map((charge) => charge.payment_method_id))]
  const gatewaysOf = await listTokenGateways(tx, accountId, methodIds)
  const cases = rows.flatMap((row) => {
    const own = chargesOf.get(row.invoice_id) ?? []
    const past = toCase(row, own, gatewaysOf)
    return past === null ? [] : [past]
  })
  const caseOf = new Map(rows.map((row) => [row.invoice_id, row.id]))
  const evidence = [...chargesOf].flatMap(([invoiceId, own]) =>
    toEvidence(own, invoiceId === null ? null : (caseOf.get(invoiceId) ?? null)),
  )
  return { cases, evidence: evidence.toSorted((one, other) => one.at - other.at) }
}

/** Null where the first charge was no card's, or is older than what was read. */
function toCase(
  row: PastCaseRow,
  own: readonly PastChargeRow[],
  gatewaysOf: ReadonlyMap<Uuid, readonly Uuid[]>,
): PastCase | null {
  const first = own.findLast((charge) => charge.created_at <= row.opened_at)
  const firstReason = first === undefined ? null : reasonOf(first)
  if (first === undefined || firstReason === null) return null
  // A card that came in between is another story: what it won, no retry of the old one would have.
  const tries = own.filter(
    (charge) =>
      charge.created_at > row.opened_at && charge.payment_method_id === first.payment_method_id,
  )
  const others = gatewaysOf.get(first.payment_method_id) ?? []
  return {
    id: row.id,
    openedAt: row.opened_at,
    amountMinor: row.amount_minor,
    traits: traitsOf(first),
    gateways: [first.gateway_id, ...others.filter((id) => id !== first.gateway_id)],
    firstReason,
    tries: tries.map((charge) => ({
      at: charge.created_at,
      gateway: charge.gateway_id,
      failed: reasonOf(charge),
    })),
  }
}

/** Charges of one bill, each with what was known of its card by then. */
function toEvidence(own: readonly PastChargeRow[], caseId: string | null): PastEvidence[] {
  const seen = new Map<string, Instant>()
  return own.map((charge) => {
    const failed = reasonOf(charge)
    const card = charge.payment_method_id
    const evidence: PastEvidence = {
      caseId: failed === null && charge.attempt_number === 1 ? null : caseId,
      traits: traitsOf(charge),
      gateway: charge.gateway_id,
      at: charge.created_at,
      failed,
      isFirst: charge.attempt_number === 1,
      shortAt: seen.get(`${card} funds`) ?? null,
      refusedAt: seen.get(`${card} refusal`) ?? null,
    }
    if (failed !== null) seen.set(`${card} ${failed}`, charge.created_at)
    return evidence
  })
}

function reasonOf(charge: PastChargeRow): FailureReason | null {
  if (charge.state === 'succeeded') return null
  return failureReasonOf({
    code: charge.decline_code ?? 'generic_decline',
    isoCode: charge.decline_iso_code,
    adviceCode: charge.advice_code,
    message: null,
  })
}

function traitsOf({ bin, country }: PastChargeRow): CardTraits {
  return { bin, country, zone: zoneOfCountry(country) }
}
