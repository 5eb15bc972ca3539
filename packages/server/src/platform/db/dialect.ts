import { Fault } from '@perennial/core/fault'
import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
} from 'kysely'
import type { Pool } from 'pg'

import { Connection } from './connection.ts'
import { DatabaseOutage, toDatabaseError } from './database-outage.ts'

export async function checkOut(pool: Pool): Promise<Connection> {
  try {
    return new Connection(await pool.connect())
  } catch (error) {
    // Any reason not to get a connection is an outage, except one that an operator has to mend.
    throw isRefusedLogin(error) ? error : asOutage(error)
  }
}

function asOutage(error: unknown): DatabaseOutage {
  const known = toDatabaseError(error)
  return known instanceof DatabaseOutage ? known : new DatabaseOutage(error)
}

/** SQLSTATE class 28: wrong user or password. 3D000: no such database. */
function isRefusedLogin(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return typeof error.code === 'string' && /^(28...|3D000)$/.test(error.code)
}

export function createDialect(pool: Pool): Dialect {
  return {
    createDriver: () => new PoolDriver(pool),
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (kysely: Kysely<unknown>) => new PostgresIntrospector(kysely),
  }
}

/** Kysely's way to our pool, for queries outside `Database.tx`. */
class PoolDriver implements Driver {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    return checkOut(this.#pool)
  }

  async beginTransaction(): Promise<void> {
    throw new Fault('transactions are opened by Database.tx')
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof Connection) connection.release()
  }

  async destroy(): Promise<void> {}
}
