import { CsvError, parse } from 'csv-parse/sync'

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
  const found = readRecords(text)
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

const OPTIONS = { bom: true, skip_empty_lines: true, relax_column_count: true }

function readRecords(text: string): CsvRecord[] | Extract<CsvReading, { kind: 'malformed' }> {
  const records: CsvRecord[] = []
  const keep = (values: string[], { lines }: { readonly lines: number }): null => {
    // The parser counts up to where a record ends.
    const breaks = values.join('').split('\n').length - 1
    records.push({ line: lines - breaks, values })
    return null
  }
  try {
    parse(text.replace(/\r\n?/g, '\n'), { ...OPTIONS, record_delimiter: '\n', on_record: keep })
    return records
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return malformed(Number(error['lines']), 'A quote stands where none may, or is not closed.')
  }
}
