/** At most so many lines a BIN profile (revcent 7.5). */
export const BIN_LINES_MAX = 5000

/** Ranges of eight-digit BINs, both ends included, in order and apart. */
export type BinRanges = { readonly starts: readonly number[]; readonly ends: readonly number[] }

export type BinProblem = {
  /** Which line, from 0; null for the list as a whole. */
  readonly line: number | null
  readonly message: string
}

type Range = { readonly start: number; readonly end: number }

const LINE = /^(\d{6}|\d{8})(?:\s*-\s*(\d{6}|\d{8}|\d{2}))?$/

/**
 * Reads lines of a BIN profile: a first six or first eight digits, or a range of two of them. Two digits behind a
 * range of first eight stand for its last two: `42424200-49`. Gives ranges that a card is looked up in, or what is wrong.
 */
export function parseBins(
  lines: readonly string[],
):
  | { readonly kind: 'parsed'; readonly ranges: BinRanges }
  | { readonly kind: 'refused'; readonly problems: readonly BinProblem[] } {
  if (lines.length === 0) return refuse([{ line: null, message: 'There is no BIN in the list.' }])
  if (lines.length > BIN_LINES_MAX) {
    const message = `There are ${lines.length} BINs; a profile holds at most ${BIN_LINES_MAX}.`
    return refuse([{ line: null, message }])
  }
  const ranges: Range[] = []
  const problems: BinProblem[] = []
  for (const [line, text] of lines.entries()) {
    const range = parseLine(text)
    if (typeof range === 'string') problems.push({ line, message: range })
    else ranges.push(range)
  }
  return problems.length > 0 ? refuse(problems) : { kind: 'parsed', ranges: joined(ranges) }
}

function refuse(problems: readonly BinProblem[]) {
  return { kind: 'refused', problems } as const
}

function parseLine(text: string): Range | string {
  const match = LINE.exec(text.trim())
  const [, from = '', to = from] = match ?? []
  if (match === null || from === '')
    return `"${text.slice(0, 40)}" is no BIN: give 6 or 8 digits, or a range such as 424242-424250.`
  const until = to.length === 2 && from.length === 8 ? from.slice(0, 6) + to : to
  if (until.length !== from.length)
    return `The ends of "${text.slice(0, 40)}" differ in length: give both with 6 or both with 8 digits.`
  const start = Number.parseInt(from.padEnd(8, '0'), 10)
  const end = Number.parseInt(until.padEnd(8, '9'), 10)
  return start <= end ? { start, end } : `"${text.slice(0, 40)}" ends before it begins.`
}

/** In order, and ranges that touch become one. */
function joined(ranges: readonly Range[]): BinRanges {
  const starts: number[] = []
  const ends: number[] = []
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = ends.at(-1)
    if (last === undefined || start > last + 1) {
      starts.push(start)
      ends.push(end)
    } else if (end > last) {
      ends[ends.length - 1] = end
    }
  }
  return { starts, ends }
}

/** Whether every card that begins with these six to eight digits lies in the ranges. */
export function holdsBin(ranges: BinRanges, bin: string): boolean {
  const first = Number.parseInt(bin.slice(0, 8).padEnd(8, '0'), 10)
  const last = Number.parseInt(bin.slice(0, 8).padEnd(8, '9'), 10)
  let low = 0
  let high = ranges.starts.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const start = ranges.starts[middle] ?? 0
    const end = ranges.ends[middle] ?? 0
    if (last < start) high = middle - 1
    else if (first > end) low = middle + 1
    else return first >= start && last <= end
  }
  return false
}
