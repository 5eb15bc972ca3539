import { assert } from '../../fault/index.ts'

type Method = 'mod10' | 'mod11' | 'double_alternate'

type Check = {
  readonly method: Method
  /** One weight for each digit of the sort code and then of the account number. */
  readonly weights: readonly number[]
  /** What the range's exception adds to the sum. */
  readonly plus?: number
}

type SortCodeRange = {
  readonly from: string
  readonly to: string
  /** All of them must pass. */
  readonly checks: readonly Check[]
  /** Accounts in foreign currency pass unchecked: those that begin with 4 to 8 and end in a pair (exception 6). */
  readonly hasForeignAccounts?: boolean
}

const weights = (text: string): readonly number[] => text.split(' ').map(Number)

const ALTERNATE = weights('2 1 2 1 2 1 2 1 2 1 2 1 2 1')
const barclays = [
  { method: 'mod11', weights: weights('0 0 0 0 0 0 0 7 6 5 4 3 2 1') },
  { method: 'double_alternate', weights: ALTERNATE },
] as const
const halifax = [
  { method: 'double_alternate', weights: weights('0 0 2 1 2 1 2 1 2 1 2 1 2 1'), plus: 27 },
] as const
const bankOfScotland = [
  { method: 'mod11', weights: weights('0 0 1 8 2 6 3 7 9 5 8 4 2 1') },
] as const

/**
 * Ranges whose rule has stood for years, from the scheme's own table (Vocalink's valacdos). That table changes every few
 * months and is long: what is not here is not checked, because refusing a good account is worse than lodging a mistyped one.
 */
const RANGES: readonly SortCodeRange[] = [
  {
    from: '089000',
    to: '089999',
    checks: [{ method: 'mod10', weights: weights('0 0 0 0 0 0 7 1 3 7 1 3 7 1') }],
  },
  {
    from: '102400',
    to: '107999',
    checks: [{ method: 'mod11', weights: weights('0 0 0 0 0 0 8 7 6 5 4 3 2 1') }],
  },
  { from: '110000', to: '119280', checks: halifax },
  { from: '122400', to: '122999', checks: bankOfScotland },
  { from: '124000', to: '124999', checks: bankOfScotland },
  { from: '202700', to: '203239', checks: barclays, hasForeignAccounts: true },
]

const DIVISORS: Readonly<Record<Method, number>> = { mod10: 10, mod11: 11, double_alternate: 10 }

/** Whether an account can exist by its digits. Null where its sort code's rule is not known here. */
export function passesModulusCheck(account: {
  readonly sortCode: string
  readonly accountNumber: string
}): boolean | null {
  const { sortCode, accountNumber } = account
  const range = RANGES.find(({ from, to }) => from <= sortCode && sortCode <= to)
  if (range === undefined) return null
  if (range.hasForeignAccounts === true && /^[4-8].{5}(.)\1$/.test(accountNumber)) return null
  const digits = Array.from(sortCode + accountNumber, Number)
  assert(digits.length === 14, 'a sort code has six digits and an account number eight')
  return range.checks.every((check) => sumOf(check, digits) % DIVISORS[check.method] === 0)
}

function sumOf({ method, weights: factors, plus = 0 }: Check, digits: readonly number[]): number {
  const products = factors.map((factor, index) => factor * (digits[index] ?? 0))
  const parts =
    method === 'double_alternate'
      ? products.map((product) => Math.floor(product / 10) + (product % 10))
      : products
  return parts.reduce((sum, part) => sum + part, plus)
}
