import { passesModulusCheck } from './modulus-check.ts'

export type BankAccountProblem =
  | 'sort_code_invalid'
  | 'account_number_invalid'
  | 'modulus_check_failed'

export type CheckedBankAccount = {
  /** Six digits. */
  readonly sortCode: string
  readonly accountNumber: string
  readonly problems: readonly BankAccountProblem[]
}

/**
 * Six and eight digits, neither all the same, and with the check digit of their range where that is known here: the
 * bureau checks the others.
 */
export function checkBankAccount(given: {
  readonly sortCode: string
  readonly accountNumber: string
}): CheckedBankAccount {
  const sortCode = given.sortCode.replace(/[ -]/g, '')
  const accountNumber = given.accountNumber.trim()
  const problems: BankAccountProblem[] = []
  if (!/^\d{6}$/.test(sortCode) || /^(\d)\1{5}$/.test(sortCode)) problems.push('sort_code_invalid')
  if (!/^\d{8}$/.test(accountNumber) || /^(\d)\1{7}$/.test(accountNumber))
    problems.push('account_number_invalid')
  if (problems.length === 0 && passesModulusCheck({ sortCode, accountNumber }) === false)
    problems.push('modulus_check_failed')
  return { sortCode, accountNumber, problems }
}

/** The clearing banks by the first two digits of their ranges (public sort code ranges). */
const BANKS: readonly (readonly [first: RegExp, name: string])[] = [
  [/^04/, 'Digital bank'],
  [/^0[89]/, 'Santander UK'],
  [/^1[0-9]/, 'Bank of England and agencies'],
  [/^2[0-9]/, 'Barclays'],
  [/^3[0-9]/, 'Lloyds Bank'],
  [/^4[0-9]/, 'HSBC UK'],
  [/^[56][0-9]/, 'NatWest'],
  [/^8[0-9]/, 'Bank of Scotland or Royal Bank of Scotland'],
  [/^77/, 'Lloyds Bank'],
]

/** Null where the range is not known. */
export function bankOf(sortCode: string): string | null {
  return BANKS.find(([first]) => first.test(sortCode))?.[1] ?? null
}
