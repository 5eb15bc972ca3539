export { PostgresStartError } from './postgres-start-error.ts'
export { startPostgres, type PostgresSettings, type RunningPostgres } from './start-postgres.ts'
