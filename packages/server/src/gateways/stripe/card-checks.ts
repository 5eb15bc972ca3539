import { avsLetter, withChecks, type CheckMark } from '@perennial/core/payments'
import { readRecord, readText } from '../../platform/foreign/index.ts'

/** The vendor tells each part by itself: https://docs.stripe.com/api/charges/object, payment_method_details.card.checks */
export function checksOf(charge: unknown) {
  const checks = readRecord(charge, 'payment_method_details', 'card', 'checks')
  const street = readText(checks, 'address_line1_check')
  const postalCode = readText(checks, 'address_postal_code_check')
  const isCompared = street !== null || postalCode !== null
  return withChecks({
    avs: isCompared ? avsLetter({ street: markOf(street), postalCode: markOf(postalCode) }) : null,
    cvv: CVC[readText(checks, 'cvc_check') ?? ''] ?? null,
  })
}

const CVC: Readonly<Record<string, string>> = {
  pass: 'M',
  fail: 'N',
  unavailable: 'U',
  unchecked: 'P',
}

function markOf(check: string | null): CheckMark {
  if (check === 'pass') return 'match'
  return check === 'fail' ? 'no_match' : 'unknown'
}
