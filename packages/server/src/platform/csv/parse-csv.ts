export type CsvRecord = {
  /** Of the text, from 1, where the record begins. */
  readonly line: number
  readonly values: readonly string[]
}

export type CsvReading =
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly records: readonly CsvRecord[]
    }
  | { readonly kind: 'malformed'; readonly line: number; readonly message: string }

/**
 * A table as RFC 4180 has it: the first record names the columns, values with a comma, a quote or a line break stand in
 * quotes. Empty lines are no records; a record with more or fewer values than there are columns is none either.
 */
export function parseCsv(text: string): CsvReading {
  const found = readRecords(text.replace(/^\uFEFF/, ''))
  if (!Array.isArray(found)) return found
  const [head, ...records] = found
  if (head === undefined) return malformed(1, 'There is nothing in it.')
  const columns = head.values.map((name) => name.trim())
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined) return malformed(head.line, `Two columns are named "${twice}".`)
  const odd = records.find(({ values }) => values.length !== columns.length)
  if (odd !== undefined)
    return malformed(
      odd.line,
      `It has ${odd.values.length} values, and there are ${columns.length} columns.`,
    )
  return { kind: 'table', columns, records }
}

function malformed(line: number, message: string): Extract<CsvReading, { kind: 'malformed' }> {
  return { kind: 'malformed', line, message }
}

/** A value in quotes or without, and what ends it: a comma, a line break, or the text. */
const VALUE = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y

function readRecords(text: string): CsvRecord[] | Extract<CsvReading, { kind: 'malformed' }> {
  const records: CsvRecord[] = []
  let values: string[] = []
  let line = 1
  let begunAt = 1
  VALUE.lastIndex = 0
  while (VALUE.lastIndex < text.length || values.length > 0) {
    const match = VALUE.exec(text)
    if (match === null) return malformed(line, 'A quote stands where none may, or is not closed.')
    const [whole, quoted, bare = '', end] = match
    values.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === ',') continue
    if (values.length > 1 || values[0] !== '') records.push({ line: begunAt, values })
    values = []
    begunAt = line
  }
  return records
}
