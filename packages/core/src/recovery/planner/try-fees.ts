import { toWireMinor, type Currency } from '../../money/index.ts'

/** What a merchant pays a gateway for a charge, as its own settings say. */
export type GatewayFees = {
  /** Kept of an approved charge, in parts per million. */
  readonly ratePpm: number
  /** Beside that, for each approved charge; minor units of `currency`. */
  readonly approvedMinor: bigint
  /** For each declined one. */
  readonly declinedMinor: bigint
  readonly currency: Currency
}

/** What one try costs at a gateway, by how it ends, as shares of the bill. */
export type TryFees = { readonly approved: number; readonly declined: number }

const MILLION = 1_000_000

/**
 * The fees of one bill, by gateway; none where nobody has said. Fixed fees are known in one currency only: of a bill in another
 * one the rate is all that counts.
 */
export function feesOfBill(
  fees: ReadonlyMap<string, GatewayFees> | undefined,
  bill: { readonly amountMinor: bigint; readonly currency: Currency },
): ReadonlyMap<string, TryFees> {
  if (fees === undefined || bill.amountMinor <= 0n) return new Map()
  const amount = toWireMinor(bill.amountMinor)
  return new Map(
    [...fees].map(([gateway, { ratePpm, approvedMinor, declinedMinor, currency }]) => {
      const shareOf = (minor: bigint) =>
        currency === bill.currency ? toWireMinor(minor) / amount : 0
      return [
        gateway,
        { approved: ratePpm / MILLION + shareOf(approvedMinor), declined: shareOf(declinedMinor) },
      ]
    }),
  )
}

/** What a try is expected to cost where it succeeds with this chance. */
export function expectedFee(fees: TryFees | undefined, chance: number): number {
  return fees === undefined ? 0 : chance * fees.approved + (1 - chance) * fees.declined
}
