/** The built-in PostgreSQL cannot run; the message says why and what the operator can do. */
export class PostgresStartError extends Error {
  override readonly name = 'PostgresStartError'
}
