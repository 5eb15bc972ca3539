import { avsLetter, withChecks, type CheckMark } from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'

/**
 * "AVS and CVV rules" of the vendor: M and N say what was found, the other letters why nothing was; E and S in the error
 * field concern both parts of the address.
 */
export function checksOf(transaction: unknown) {
  const street = readText(transaction, 'avs_street_address_response_code')
  const postalCode = readText(transaction, 'avs_postal_code_response_code')
  const problem = readText(transaction, 'avs_error_response_code')
  const cvv = readText(transaction, 'cvv_response_code')
  return withChecks({
    avs: PROBLEMS[problem ?? ''] ?? addressOf(street, postalCode),
    cvv: CVV[cvv ?? ''] ?? null,
  })
}

const PROBLEMS: Readonly<Record<string, string>> = { E: 'R', S: 'S' }

/** I, A and B: nothing was given to compare, or nothing is compared for this card. */
const NOT_COMPARED = ['I', 'A', 'B']

function addressOf(street: string | null, postalCode: string | null): string | null {
  const told = [street, postalCode].filter((code) => code !== null && !NOT_COMPARED.includes(code))
  if (told.length === 0) return null
  return avsLetter({ street: markOf(street), postalCode: markOf(postalCode) })
}

function markOf(code: string | null): CheckMark {
  if (code === 'M') return 'match'
  return code === 'N' ? 'no_match' : 'unknown'
}

const CVV: Readonly<Record<string, string>> = { M: 'M', N: 'N', U: 'P', S: 'U' }
