import type { SettlementRow } from './settlement.ts'

/** What a line of a vendor's own report says; `none`: nothing that has moved. */
export type SettlementReading =
  | { readonly kind: 'row'; readonly row: SettlementRow }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly column: string; readonly message: string }

/** A report of a vendor's, a table whose first line names its columns. */
export type SettlementReport = {
  readonly name: string
  readonly isReport: (columns: readonly string[]) => boolean
  readonly read: (record: ReadonlyMap<string, string>) => SettlementReading
}
