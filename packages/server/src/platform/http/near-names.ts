import { toSnakeCase } from './spellings.ts'

const CONTAINED_MIN = 3
const NAME_MAX = 60
const ABBREVIATION_MAX = 4
const NEAREST_MAX = 4

/** What may be told back: anything may stand where a name should, a card number too. */
const NAME = /^[a-z_][\w.[\]-]{0,59}$/i

/** The name as it was sent, or `otherwise` for what is no name. */
export function tellable(name: string, otherwise: string): string {
  return NAME.test(name) ? name : otherwise
}

/** " Did you mean amount_minor?", or nothing. */
export function hintOf(near: readonly string[]): string {
  return near.length === 0 ? '' : ` Did you mean ${near.slice(0, NEAREST_MAX).join(' or ')}?`
}

/**
 * Whether one name may be meant by the other: `customer` and `customer_id`, `created[gte]` and `created_gte`,
 * `trial_period_days` and `trial_days`, `ammount` and `amount`, `qty` and `quantity`.
 */
export function isNear(name: string, given: string): boolean {
  const [shorter, longer] = [bare(name), bare(given)].toSorted((a, b) => a.length - b.length)
  if (shorter === undefined || longer === undefined || shorter.length < CONTAINED_MIN) return false
  if (longer.length > NAME_MAX) return false
  return (
    longer.includes(shorter) ||
    haveOneInTheOther(wordsOf(name), wordsOf(given)) ||
    isTypingError(shorter, longer) ||
    isAbbreviation(shorter, longer)
  )
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** In the singular, so that `discount_code` has the word of `discounts`. */
function wordsOf(name: string): readonly string[] {
  const words = toSnakeCase(name).split(/[^a-z0-9]+/)
  return words.filter((word) => word !== '').map((word) => word.replace(/s$/, ''))
}

function haveOneInTheOther(one: readonly string[], other: readonly string[]): boolean {
  return one.every((word) => other.includes(word)) || other.every((word) => one.includes(word))
}

/** One letter that is another, missing, too many or swapped with its neighbour; two of them in a long name. */
function isTypingError(one: string, other: string): boolean {
  const errorsMax = one.length >= 7 ? 2 : 1
  if (one.length <= CONTAINED_MIN || other.length - one.length > errorsMax) return false
  return editsBetween(one, other) <= errorsMax
}

function isAbbreviation(short: string, long: string): boolean {
  if (short.length > ABBREVIATION_MAX) return false
  if (short[0] !== long[0] || short.at(-1) !== long.at(-1)) return false
  let at = 0
  for (const letter of long) if (letter === short[at]) at++
  return at === short.length
}

/** Edits that turn one into the other; a swap of two neighbours is one. */
function editsBetween(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      next[column] = Math.min(
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        isSwapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = last
    last = next
  }
  return last[other.length] ?? 0
}
