import { parseCurrency } from '@perennial/core/money'
import {
  SETTLEMENT_KINDS,
  type SettlementKind,
  type SettlementReading,
  type SettlementReport,
  type SettlementRow,
} from '@perennial/core/payments'
import { fromDecimalAmount } from '../../../platform/amounts/index.ts'
import { parseCsv } from '../../../platform/csv/index.ts'
import { readDate, SETTLEMENT_TEXT, SETTLEMENT_TEXT_MAX } from './settlement-schemas.ts'

export type SettlementFile =
  | {
      readonly kind: 'read'
      /** Whose columns it has. */
      readonly format: string
      readonly rows: readonly SettlementRow[]
      /** Where each row stands in the file. */
      readonly lines: readonly number[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly FileProblem[] }

export type FileProblem = {
  readonly line: number
  readonly column: string | null
  readonly message: string
}

const ROWS_MAX = 100_000
const PROBLEMS_MAX = 20

/** Reads a settlement out of a file: in our columns, or in those of the vendor's own report. */
export function readSettlementFile(text: string, report: SettlementReport | null): SettlementFile {
  const table = parseCsv(text)
  if (table.kind === 'malformed') return refusedAt(table.line, null, table.message)
  const { columns, records } = table
  const isVendors = report !== null && report.isReport(columns)
  const missing = isVendors ? undefined : REQUIRED.find((name) => !columns.includes(name))
  if (missing !== undefined) return refusedAt(1, missing, missingText(report))
  const unknown = isVendors ? undefined : columns.find((name) => !COLUMNS.includes(name))
  if (unknown !== undefined) return refusedAt(1, unknown, `Columns are ${COLUMNS.join(', ')}.`)
  if (records.length > ROWS_MAX)
    return refusedAt(ROWS_MAX + 2, null, `It has more than ${ROWS_MAX} rows: hand it in in parts.`)
  const read = isVendors ? report.read : readOwn
  const problems: FileProblem[] = []
  const rows: SettlementRow[] = []
  const lines: number[] = []
  for (const { line, values } of records) {
    const record = new Map(columns.map((name, index) => [name, values[index]?.trim() ?? '']))
    const reading = oddText(record) ?? read(record)
    if (reading.kind === 'row') {
      rows.push(reading.row)
      lines.push(line)
    }
    if (reading.kind === 'refused') problems.push({ line, ...reading })
    if (problems.length === PROBLEMS_MAX) break
  }
  if (problems.length > 0) return { kind: 'refused', problems }
  if (rows.length === 0) return refusedAt(1, null, 'It has no row that says what has moved.')
  return { kind: 'read', format: isVendors ? report.name : 'Perennial', rows, lines }
}

const REQUIRED = ['kind', 'amount', 'currency', 'date']
const COLUMNS = [...REQUIRED, 'gateway_reference', 'fee', 'payout_id', 'line_id']

function missingText(report: SettlementReport | null): string {
  const others = report === null ? '' : `, or the file is the ${report.name}`
  return `The column is missing; columns are ${COLUMNS.join(', ')}${others}.`
}

function refusedAt(line: number, column: string | null, message: string): SettlementFile {
  return { kind: 'refused', problems: [{ line, column, message }] }
}

const TEXT = new RegExp(SETTLEMENT_TEXT)

function oddText(record: ReadonlyMap<string, string>): SettlementReading | null {
  for (const [column, value] of record) {
    if (value.length > SETTLEMENT_TEXT_MAX || !TEXT.test(value))
      return {
        kind: 'refused',
        column,
        message: `It is no text of at most ${SETTLEMENT_TEXT_MAX} letters.`,
      }
  }
  return null
}

/** Amounts are decimal there: 29.00 of USD, 2900 of JPY. */
function readOwn(record: ReadonlyMap<string, string>): SettlementReading {
  const text = (column: string) => record.get(column) ?? ''
  const refused = (column: string, message: string): SettlementReading => ({
    kind: 'refused',
    column,
    message,
  })
  const kind = text('kind')
  if (!isKind(kind)) return refused('kind', `It is none of ${SETTLEMENT_KINDS.join(', ')}.`)
  const currency = parseCurrency(text('currency').toUpperCase())
  if (currency === null) return refused('currency', 'It is no ISO 4217 code.')
  const amountMinor = fromDecimalAmount(text('amount'), currency)
  if (amountMinor === null)
    return refused('amount', `It is no amount of ${currency}, such as 29.00.`)
  const feeMinor = text('fee') === '' ? 0n : fromDecimalAmount(text('fee'), currency)
  if (feeMinor === null) return refused('fee', `It is no amount of ${currency}, such as 0.99.`)
  const at = readDate(text('date'))
  if (at === null) return refused('date', 'It is neither a date (2027-01-31) nor an instant.')
  const named = (column: string) => (text(column) === '' ? null : text(column))
  const names = {
    gatewayReference: named('gateway_reference'),
    payoutId: named('payout_id'),
    lineId: named('line_id'),
  }
  return { kind: 'row', row: { kind, amountMinor, feeMinor, currency, at, ...names } }
}

function isKind(text: string): text is SettlementKind {
  return (SETTLEMENT_KINDS as readonly string[]).includes(text)
}
