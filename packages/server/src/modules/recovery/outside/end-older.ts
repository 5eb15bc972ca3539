import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { supersedeOutside, type OutsideStep } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { toRecovery, tokensOf, type StoredRecovery } from './rows.ts'

type EndedOlder = {
  readonly row: StoredRecovery
  readonly gatewayId: Uuid
  readonly step: OutsideStep
}

/** The end of the older recovery that is paid by `paid`, which has just succeeded; none where there is no such one, or it is unsure. */
export function endOlder(
  paid: StoredRecovery,
  { older, at }: { readonly older: readonly StoredRecovery[]; readonly at: Instant },
): EndedOlder[] {
  const row = findPaidWith(paid, older)
  if (row === null) return []
  const { gateway_id: gatewayId } = row
  assert(gatewayId !== null, 'what waits has a gateway')
  const reason = `It was handed over again, and paid then, as ${encodeId('recovery_case', paid.id)}.`
  const recovery = supersedeOutside(toRecovery(row), { reason, at })
  return [{ row, gatewayId, step: { recovery, isAttempting: false } }]
}

/**
 * Nothing but the amount tells one bill from another here, and a payer may owe two of one amount. So it is the only one that waits, and
 * its payer was there to pay, or gave another card for one that waits for a card. A renewal that is charged with nobody there is
 * a bill of its own.
 */
function findPaidWith(
  paid: StoredRecovery,
  older: readonly StoredRecovery[],
): StoredRecovery | null {
  const [row, ...others] = older.filter((one) => isSamePayer(one, paid))
  // What is being charged cannot be taken back.
  if (row === undefined || others.length > 0 || row.next_attempt_at === null) return null
  const isOtherCard = !tokensOf(toRecovery(row)).includes(paid.token)
  const isReplaced = row.state === 'awaiting_card' && isOtherCard
  return paid.is_customer_present || isReplaced ? row : null
}

function isSamePayer(
  { customer_email: one }: StoredRecovery,
  { customer_email: other }: StoredRecovery,
): boolean {
  return one === null || other === null || one === other
}
