import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { Instant } from '../time/index.ts'
import type { LedgerAccount } from './chart.ts'

/**
 * One movement between two accounts: `debit` receives what `credit` gives, so every row balances by
 * itself. `sourceKind` and `sourceId` name what it came from, `sourcePosition` tells the transfers
 * of one source apart: the three together happen once. `reversalOf` names the transfer it takes
 * back.
 */
export type Transfer = {
  readonly id: Uuid
  readonly at: Instant
  readonly debit: LedgerAccount
  readonly credit: LedgerAccount
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly customerId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly gatewayId: Uuid | null
  readonly sourceKind: string
  readonly sourceId: Uuid
  readonly sourcePosition: number
  readonly reversalOf: Uuid | null
}

/** Faults: an amount that is not positive, or the same account on both sides. */
export function transfer(input: Transfer): Transfer {
  assert(input.amountMinor > 0n, 'a transfer moves a positive amount; a negative one swaps sides')
  assert(input.debit !== input.credit, 'a transfer moves between two different accounts')
  assert(input.sourceKind !== '', 'a transfer names its source')
  assert(Number.isSafeInteger(input.sourcePosition), 'a position is a whole number')
  assert(input.reversalOf !== input.id, 'a transfer does not reverse itself')
  return { ...input }
}

/**
 * The only correction there is: the same amount the other way. What was booked stays booked. The
 * position is kept, so all transfers of one source can be reversed for one reason.
 */
export function reverse(
  original: Transfer,
  by: Pick<Transfer, 'id' | 'at' | 'sourceKind' | 'sourceId'>,
): Transfer {
  return transfer({
    ...original,
    id: by.id,
    at: by.at,
    sourceKind: by.sourceKind,
    sourceId: by.sourceId,
    debit: original.credit,
    credit: original.debit,
    reversalOf: original.id,
  })
}

/** Each of what was posted, reversed for one and the same reason. */
export function reverseAll(
  posted: readonly Transfer[],
  by: Pick<Transfer, 'at' | 'sourceKind' | 'sourceId'> & { readonly nextId: () => Uuid },
): Transfer[] {
  const { nextId, ...reason } = by
  return posted.map((original) => reverse(original, { ...reason, id: nextId() }))
}
