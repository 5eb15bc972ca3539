import { toWireMinor, type Currency } from '@perennial/core/money'
import { formatInstant, type Instant } from '@perennial/core/time'
import type { OwnBackTest } from './run-back-test.ts'

/** A back-test as the API and the command line tell it. `names`: the policies as they were asked for. */
export function toWireBackTest(
  tested: OwnBackTest,
  of: {
    readonly names: readonly string[]
    readonly from: Instant
    readonly to: Instant
    readonly currency: Currency
  },
) {
  const { failedMinor, expectedPerWon } = tested
  const share = (minor: bigint): number =>
    failedMinor === 0n ? 0 : rounded(toWireMinor(minor) / toWireMinor(failedMinor))
  return {
    object: 'recovery_back_test' as const,
    from: formatInstant(of.from),
    to: formatInstant(of.to),
    currency: of.currency,
    cases: tested.cases,
    left_out: tested.leftOut,
    horizon_days: tested.horizonDays,
    failed_minor: toWireMinor(failedMinor),
    actual: { recovered_minor: toWireMinor(tested.actualMinor), attempts: tested.actualTries },
    checked_attempts: tested.checkedTries,
    expected_per_won: expectedPerWon === null ? null : rounded(expectedPerWon),
    results: tested.results.map((result, index) => ({
      policy: of.names[index] ?? '',
      recovered_minor: toWireMinor(result.recoveredMinor),
      low_minor: toWireMinor(result.lowMinor),
      high_minor: toWireMinor(result.highMinor),
      fees_minor: toWireMinor(result.feesMinor),
      net_minor: toWireMinor(result.recoveredMinor - result.feesMinor),
      recovered_share: share(result.recoveredMinor),
      attempts: rounded(result.tries),
      near_share: rounded(result.nearShare),
    })),
    notes: notesOn(tested),
  }
}

const FEW_CASES = 100
const FEW_TRIES = 50
const MOSTLY = 0.5

/** What a reader of the figures should know before acting on them. */
export function notesOn({
  cases,
  leftOut,
  horizonDays,
  checkedTries,
  results,
}: OwnBackTest): string[] {
  const far = results.some(({ nearShare, tries }) => tries > 0 && nearShare < MOSTLY)
  return [
    'New cards are left out: nobody knows what a customer would have done.',
    ...(leftOut > 0
      ? [`${leftOut} recoveries that began less than ${horizonDays} days ago are left out: nobody knows yet how they end.`]
      : []),
    ...(cases < FEW_CASES ? [`There are only ${cases} recoveries: the figures are a hint.`] : []),
    ...(checkedTries < FEW_TRIES
      ? [`Only ${checkedTries} real retries could be held against the estimate.`]
      : []),
    ...(far
      ? ['Some policies try mostly at times at which nothing was tried: trust their order more than their figures.']
      : []),
  ] // prettier-ignore
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
