export { parseCsv, type CsvReading, type CsvRecord } from './parse-csv.ts'
