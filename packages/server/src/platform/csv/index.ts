export { parseCsv } from './parse-csv.ts'
