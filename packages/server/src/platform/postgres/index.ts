export { PostgresStartError } from './postgres-start-error.ts'
export { startPostgres, type RunningPostgres } from './start-postgres.ts'
