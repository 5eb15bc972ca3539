export { asOwner } from './as-owner.ts'
export { createDatabase, type Database, type Tx, type TxOptions } from './create-database.ts'
export { inPart } from './in-part.ts'
export { RowsChanged, writerOf, type WriterId } from './last-writer.ts'
export { lockUnchanged } from './lock-unchanged.ts'
export { DatabaseOutage, isConflict, isFaultOfRows, violatedConstraint } from './database-outage.ts'
export {
  insertMany,
  rowsOf,
  updateMany,
  updateUnchanged,
  type ColumnTypes,
  type TableName,
} from './write-many.ts'
export { COLUMN_TYPES } from './column-types.generated.ts'
export {
  findPendingMigrations,
  migrate,
  MigrationError,
  readMigrations,
  type Migration,
} from './migrate.ts'
export type { DB } from './schema.generated.ts'
