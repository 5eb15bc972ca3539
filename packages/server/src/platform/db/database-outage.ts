/** The database could not be reached, or went away in mid-work. Trying again later may succeed. */
export class DatabaseOutage extends Error {
  override readonly name = 'DatabaseOutage'
  readonly retryable = true

  constructor(cause: unknown) {
    super('the database cannot be reached', { cause })
  }
}

const SYSTEM_CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT',
  'EHOSTUNREACH', 'ENETUNREACH',
]) // prettier-ignore

/**
 * PostgreSQL appendix A: class 08 (connection), 57P01..57P05 (shutdown, crash, starting up, dropped
 * database, idle session), 57014 (canceled), class 53 (disk, memory or connections used up), class 58
 * (the system under it failed), 25006 (a standby answers: failover under way),
 * 0A000 with this wording (a prepared statement met a new schema).
 */
const SQLSTATE = /^(08...|57P0[1-5]|57014|53...|58...|25006)$/

/** What `pg` and its pool say, without a code, when a connection ended or could not be had. */
const WORDING =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|cached plan must not change result type|Query read timeout)/

/** Wraps an outage and returns every other error as it is. */
export function toDatabaseError(error: unknown): unknown {
  return isOutage(error) ? new DatabaseOutage(error) : error
}

function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutage)
  if (!(error instanceof Error) || error instanceof DatabaseOutage) return false
  const code = readText(error, 'code')
  if (code !== null && (SYSTEM_CODES.has(code) || SQLSTATE.test(code))) return true
  return WORDING.test(error.message)
}

/** Another transaction was in the way; the same work may succeed when run again. */
export function isConflict(error: unknown): boolean {
  const code = readText(error, 'code')
  return code === '40001' || code === '40P01'
}

/** It says only that a statement before it failed (25P02). */
export function isAftermath(error: unknown): boolean {
  return readText(error, 'code') === '25P02'
}

/** Name of the unique, check or foreign key constraint that refused a write; null for other errors. */
export function violatedConstraint(error: unknown): string | null {
  return readText(error, 'code')?.startsWith('23') === true ? readText(error, 'constraint') : null
}

function readText(error: unknown, key: 'code' | 'constraint'): string | null {
  if (!(error instanceof Error) || !(key in error)) return null
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : null
}

/** The rows themselves are at fault, and not the moment: tried again they fail again, so they are set apart from others. */
export function isFaultOfRows(error: unknown): boolean {
  return !(error instanceof DatabaseOutage) && !isConflict(error)
}
