import { encodeId, isUuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { Cohort, Group, Sums } from './queries.ts'

/** One group, as the API tells it. */
export function toWireNumbers(
  own: Sums,
  of: { readonly group: Group | null; readonly names: ReadonlyMap<string, string> },
) {
  const { key } = own
  return {
    currency: own.currency,
    key: of.group === 'gateway' && key !== null && isUuid(key) ? encodeId('gateway', key) : key,
    label: labelOf(own, of),
    cases: own.cases,
    recovered: own.recovered,
    open: own.open,
    lost: own.lost,
    failed_minor: toWireMinor(own.failed_minor),
    recovered_minor: toWireMinor(own.recovered_minor),
    at_risk_minor: toWireMinor(own.at_risk_minor),
    lost_minor: toWireMinor(own.lost_minor),
    recovered_share: shareOf(own.recovered_minor, own.failed_minor),
    attempts: own.attempts,
    explored: {
      attempts: own.explored_attempts,
      recovered: own.explored_recovered,
      recovered_minor: toWireMinor(own.explored_minor),
    },
    attempts_per_recovered: own.recovered === 0 ? null : rounded(own.attempts / own.recovered),
    hours_to_recover: { p50: hoursOf(own.hours_p50), p90: hoursOf(own.hours_p90) },
  }
}

const WINNERS: ReadonlyMap<string, string> = new Map([
  ['retry', 'won by a retry'],
  ['payer', 'won by the payer: another card, or paid in person'],
  ['manual', 'won by hand: charged or recorded by the merchant'],
])

function labelOf(
  { key }: Sums,
  of: { readonly group: Group | null; readonly names: ReadonlyMap<string, string> },
): string | null {
  if (key === null) return null
  switch (of.group) {
    case 'reason':
      return key.replaceAll('_', ' ')
    case 'gateway':
      return of.names.get(key) ?? null
    case 'attempt':
      return `won by retry ${key}`
    case 'won_by':
      return WINNERS.get(key) ?? key
    default:
      return key
  }
}

/** The recoveries of one month, as the API tells them. */
export function toWireCohort(cohort: Cohort) {
  const won = cohort.recovered_minor.map(BigInt)
  return {
    month: cohort.month,
    currency: cohort.currency,
    cases: cohort.cases,
    failed_minor: toWireMinor(cohort.failed_minor),
    recovered_minor: won.map(toWireMinor),
    recovered_share: won.map((minor) => shareOf(minor, cohort.failed_minor)),
  }
}

/** To four decimals. */
function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Math.round((toWireMinor(part) / toWireMinor(whole)) * 10_000) / 10_000
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function hoursOf(hours: number | string | null): number | null {
  return hours === null ? null : Math.round(Number(hours) * 10) / 10
}
