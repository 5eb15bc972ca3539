import { assert } from '@perennial/core/fault'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { PoolClient } from 'pg'

import { DatabaseOutage, isAftermath, toDatabaseError } from './database-outage.ts'
import { StatementNames } from './statement-names.ts'
import { toParameters } from './values.ts'

const namesByClient = new WeakMap<PoolClient, StatementNames>()

function namesOf(client: PoolClient): StatementNames {
  const known = namesByClient.get(client)
  if (known !== undefined) return known
  const names = new StatementNames(client)
  namesByClient.set(client, names)
  return names
}

const MANY_IDS = 50

/**
 * A read of many rows by their ids is planned for them and for the tables as they are. A prepared statement keeps the plan
 * of its first uses, and a table may have been empty then: reading it whole cost nothing.
 */
function isForMany(parameters: readonly unknown[]): boolean {
  return parameters.some((value) => Array.isArray(value) && value.length >= MANY_IDS)
}

/** When the promises that can go on have done so: a tick that is asked for by a microtask comes after all of them. */
export function afterMicrotasks(run: () => void): void {
  queueMicrotask(() => process.nextTick(run))
}

/** One checked-out connection. Queries issued without waiting for each other travel together. */
export class Connection implements DatabaseConnection {
  readonly #client: PoolClient
  readonly #names: StatementNames
  #begun: Promise<unknown> | null = null
  /** What the last statement that was refused for itself was told. */
  #failure: unknown = null
  #isBroken = false
  #isEnding = false
  #isGathering = false

  constructor(client: PoolClient) {
    this.#client = client
    this.#names = namesOf(client)
  }

  /**
   * Sends the statements that open a transaction and does not wait: they travel with the first query.
   * Should one of them fail, PostgreSQL refuses everything after it, and `#fail` reports the cause.
   */
  begin(statements: string): void {
    this.#gather()
    this.#begun = this.#client.query(statements)
    this.#begun.catch(() => undefined)
  }

  async commit(): Promise<void> {
    this.#isEnding = true
    await this.#runPlain('commit')
    this.#begun = null
  }

  /** Never throws: a connection that cannot roll back is thrown away instead, which has the same effect. */
  async rollback(): Promise<void> {
    this.#begun = null
    await this.#runPlain('rollback').catch(() => {
      this.#isBroken = true
    })
  }

  release(): void {
    this.#client.release(this.#isBroken)
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    assert(!this.#isEnding, 'no statement follows the end of its transaction')
    try {
      const { sql: text, parameters } = query
      const prepared = isForMany(parameters) ? {} : { name: this.#names.nameOf(text) }
      const values = toParameters(parameters)
      this.#gather()
      const result = await this.#client.query({ ...prepared, text, values })
      const rows: R[] = result.rows
      return result.rowCount === null || result.command === 'SELECT'
        ? { rows }
        : { rows, numAffectedRows: BigInt(result.rowCount) }
    } catch (error) {
      if (!isAftermath(error)) this.#failure = error
      throw await this.#explain(error)
    }
  }

  // eslint-disable-next-line require-yield -- the interface asks for a generator
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streams are not used: read in pages by key')
  }

  /**
   * What is sent until the promises that can go on have done so leaves in one write: each write is a call to the system,
   * which costs more than the query's own bytes.
   */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    const { stream } = this.#client.connection
    stream.cork()
    afterMicrotasks(() => {
      this.#isGathering = false
      stream.uncork()
    })
  }

  async #runPlain(statement: 'commit' | 'rollback'): Promise<void> {
    try {
      this.#gather()
      const result = await this.#client.query(statement)
      // PostgreSQL answers a commit of a failed transaction with ROLLBACK.
      if (statement === 'commit' && result.command !== 'COMMIT') {
        throw new Error('the transaction was rolled back: one of its statements had failed')
      }
    } catch (error) {
      throw await this.#explain(error)
    }
  }

  /** Of statements that travel together, those behind the one that failed say why as it does: any may be heard first. */
  async #explain(told: unknown): Promise<unknown> {
    const error = isAftermath(told) ? (this.#failure ?? told) : told
    const first = await this.#begun?.then(
      () => error,
      (beginError: unknown) => beginError,
    )
    const explained = toDatabaseError(first ?? error)
    // The pool would hand it out again until the socket has noticed.
    if (explained instanceof DatabaseOutage) this.#isBroken = true
    return explained
  }
}
