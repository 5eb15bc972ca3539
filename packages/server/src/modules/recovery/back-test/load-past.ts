import type { Decline } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import {
  failureReasonOf,
  networkOf,
  traitsOfCard,
  type GuardedCard,
  type PastAttempt,
  type PastCase,
  type PastEvidence,
  type PastTry,
} from '@perennial/core/recovery'
import { addDays, minInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'
import { listGatewayFees } from '../queries/tries.ts'
import {
  countPastCases,
  listChargesOfBills,
  listPastCases,
  listPastCharges,
  listTokenGateways,
  type PastCaseRow,
  type PastChargeRow,
} from './queries.ts'

/** Recoveries that one back-test looks at, and charges that it learns from, at most: the newest. */
export const CASES_MAX = 2_000
const CHARGES_MAX = 30_000
/** What comes later than that after the last recovery teaches its judge nothing. */
const LEARNS_FOR_DAYS = 35

export type Past = {
  readonly cases: readonly PastCase[]
  readonly evidence: readonly PastEvidence[]
  /** Recoveries of the period that nobody can judge yet. */
  readonly leftOut: number
}

/** An account's own past, as back-tests take it; recoveries that began less than `horizonDays` ago are left out. */
export async function loadPast(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly from: Instant
    readonly to: Instant
    readonly currency: Currency
    readonly horizonDays: number
    readonly now: Instant
  },
): Promise<Past> {
  const { from, currency } = of
  const to = minInstant(of.to, addDays(of.now, -of.horizonDays))
  const rows = await listPastCases(tx, accountId, { from, to, currency, limit: CASES_MAX })
  const leftOut = await countPastCases(tx, accountId, { from: to < from ? from : to, to: of.to, currency })
  const charges = await loadCharges(tx, accountId, { rows, until: addDays(to, LEARNS_FOR_DAYS) })
  const methodIds = [...new Set(charges.map((charge) => charge.payment_method_id))]
  const gatewaysOf = await listTokenGateways(tx, accountId, methodIds)
  const fees = await listGatewayFees(tx, accountId)
  const ofBill = Map.groupBy(charges, billOf)
  const ofMethod = Map.groupBy(charges, (charge) => charge.payment_method_id)
  const cases = rows.flatMap((row) => {
    const past = toCase(row, { bill: ofBill.get(row.invoice_id) ?? [], ofMethod, gatewaysOf })
    return past === null ? [] : [{ ...past, fees }]
  })
  const evidence = [...ofBill].flatMap(([billId, own]) => toEvidence(own, billId))
  const inTurn = evidence.toSorted((one, other) => one.at - other.at)
  return { cases, evidence: inTurn, leftOut }
} // prettier-ignore

/** The newest charges, and all of these recoveries, oldest first. */
async function loadCharges(
  tx: Tx,
  accountId: Uuid,
  of: { readonly rows: readonly PastCaseRow[]; readonly until: Instant },
): Promise<PastChargeRow[]> {
  const newest = await listPastCharges(tx, accountId, { until: of.until, limit: CHARGES_MAX })
  const own = await listChargesOfBills(
    tx,
    accountId,
    of.rows.map((row) => row.invoice_id),
  )
  const all = new Map([...newest, ...own].map((charge) => [charge.id, charge]))
  return [...all.values()].toSorted(byAge)
}

/** Ids are made in order: they tell the order of what was charged at one instant. */
function byAge(one: PastChargeRow, other: PastChargeRow): number {
  return one.created_at - other.created_at || (one.id < other.id ? -1 : 1)
}

/** What is of no invoice stands alone. */
function billOf(charge: PastChargeRow): Uuid {
  return charge.invoice_id ?? charge.id
}

/** Null where the first charge was no card's, or is older than what was read. */
function toCase(
  row: PastCaseRow,
  known: {
    readonly bill: readonly PastChargeRow[]
    readonly ofMethod: ReadonlyMap<Uuid, readonly PastChargeRow[]>
    readonly gatewaysOf: ReadonlyMap<Uuid, readonly Uuid[]>
  },
): PastCase | null {
  const { bill } = known
  const first = bill.findLast((charge) => charge.created_at <= row.opened_at)
  const firstDecline = first === undefined ? null : declineOf(first)
  if (first === undefined || firstDecline === null) return null
  const card = first.payment_method_id
  const tries = bill.filter((charge) => isRetry(charge, row) && charge.payment_method_id === card)
  const others = known.gatewaysOf.get(card) ?? []
  const isWonByThem = tries.at(-1)?.state === 'succeeded'
  return {
    billId: row.invoice_id,
    openedAt: row.opened_at,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    traits: traitsOfCard(first),
    card: cardBefore(first, known.ofMethod.get(card) ?? []),
    gateways: [first.gateway_id, ...others.filter((id) => id !== first.gateway_id)],
    firstDecline,
    tries: tries.map(toTry),
    endedAt: row.state === 'exhausted' || isWonByThem ? null : row.closed_at,
  }
}

/**
 * Made by itself, of the whole bill. What the payer or a person of the merchant charged, a part of the bill, or a card that came
 * in between is another story: no retry of the old card would have won it.
 */
function isRetry(charge: PastChargeRow, row: PastCaseRow): boolean {
  if (charge.created_at <= row.opened_at || charge.amount_minor !== row.amount_minor) return false
  return charge.retry_kind === 'scheduled' && !charge.is_customer_present
}

function toTry(charge: PastChargeRow): PastTry {
  return { at: charge.created_at, gateway: charge.gateway_id, failed: reasonOf(charge) }
}

/** As its network knew it before this charge, as far as charges of this very method tell. */
function cardBefore(first: PastChargeRow, own: readonly PastChargeRow[]): GuardedCard {
  const { brand, country, card_data_at: dataAt, card_number_at: numberAt } = first
  const visaAttemptsMax = first.visa_attempts_max
  const since = numberAt === null || numberAt > first.created_at ? null : numberAt
  const before = own.filter(
    (charge) => byAge(charge, first) < 0 && (since === null || charge.created_at >= since),
  )
  const isTold = dataAt !== null && dataAt <= first.created_at
  return {
    network: networkOf(brand),
    country,
    history: before.map(toPast),
    ...(isTold ? { dataAt } : {}),
    ...(visaAttemptsMax === null ? {} : { visaAttemptsMax }),
  }
}

function toPast(charge: PastChargeRow): PastAttempt {
  return {
    at: charge.created_at,
    amountMinor: charge.amount_minor,
    currency: storedCurrency(charge.currency),
    decline: declineOf(charge),
    isCustomerPresent: charge.is_customer_present,
  }
}

/** Charges of one bill, each with what was known of its card by then. */
function toEvidence(own: readonly PastChargeRow[], billId: Uuid): PastEvidence[] {
  const seen = new Map<string, Instant>()
  const failures = new Map<Uuid, number>()
  return own.map((charge) => {
    const failed = reasonOf(charge)
    const card = charge.payment_method_id
    const evidence: PastEvidence = {
      billId,
      traits: traitsOfCard(charge),
      gateway: charge.gateway_id,
      at: charge.created_at,
      failed,
      isFirst: charge.attempt_number === 1,
      shortAt: seen.get(`${card} funds`) ?? null,
      refusedAt: seen.get(`${card} refusal`) ?? null,
      failedBefore: failures.get(card) ?? 0,
    }
    if (failed !== null) {
      seen.set(`${card} ${failed}`, charge.created_at)
      failures.set(card, (failures.get(card) ?? 0) + 1)
    }
    return evidence
  })
}

function declineOf(charge: PastChargeRow): Decline | null {
  if (charge.state === 'succeeded') return null
  return {
    code: charge.decline_code ?? 'generic_decline',
    isoCode: charge.decline_iso_code,
    adviceCode: charge.advice_code,
    message: null,
  }
}

function reasonOf(charge: PastChargeRow): PastTry['failed'] {
  const decline = declineOf(charge)
  return decline === null ? null : failureReasonOf(decline)
}
