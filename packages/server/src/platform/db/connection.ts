import { assert } from '@perennial/core/fault'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { PoolClient } from 'pg'

import { DatabaseOutage, isAftermath, toDatabaseError } from './database-outage.ts'
import { type Answer, Exchange, type Settle, Shape, type Statement } from './exchange.ts'
import { type PreparedText, StatementNames } from './statement-names.ts'
import { type Parameter, toParameters } from './values.ts'

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
function afterMicrotasks(run: () => void): void {
  queueMicrotask(() => process.nextTick(run))
}

/** A statement on its way: what is sent until the promises that can go on have done so travels together. */
type Waiting = {
  readonly text: string
  readonly values: readonly Parameter[]
  readonly isPrepared: boolean
  readonly settle: Settle
}

export type OpeningStatement = { readonly text: string; readonly values: readonly string[] }

/** One checked-out connection. Queries issued without waiting for each other travel together. */
export class Connection implements DatabaseConnection {
  readonly #client: PoolClient
  readonly #names: StatementNames
  #waiting: Waiting[] = []
  #isGathering = false
  #begun: Promise<unknown> | null = null
  /** What the last statement that was refused for itself was told. */
  #failure: unknown = null
  #isBroken = false
  /** Who waits for the commit that is yet to be sent. */
  #ending: Settle | null = null
  #isEnded = false

  constructor(client: PoolClient) {
    this.#client = client
    this.#names = namesOf(client)
  }

  /**
   * Sends the statements that open a transaction and does not wait: they travel with the first query.
   * Should one of them fail, PostgreSQL refuses everything after it, and `#explain` tells the cause.
   */
  begin(statements: readonly OpeningStatement[]): void {
    const sent = statements.map((statement) => this.#send({ ...statement, isPrepared: true }))
    this.#begun = Promise.all(sent)
    this.#begun.catch(() => undefined)
  }

  /** Travels with the last writes, behind whatever is sent until the promises that can go on have done so. */
  async commit(): Promise<void> {
    const ending = Promise.withResolvers<Answer>()
    this.#ending = ending
    this.#gather()
    try {
      const { command } = await ending.promise
      // PostgreSQL answers a commit of a failed transaction with ROLLBACK.
      if (command !== 'COMMIT') {
        throw new Error('the transaction was rolled back: one of its statements had failed')
      }
    } catch (error) {
      throw await this.#explain(error)
    }
    this.#begun = null
  }

  /** Never throws: a connection that cannot roll back is thrown away instead, which has the same effect. */
  async rollback(): Promise<void> {
    this.#begun = null
    await this.#send({ text: 'rollback', values: [], isPrepared: false }).catch(() => {
      this.#isBroken = true
    })
  }

  release(): void {
    this.#client.release(this.#isBroken)
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    assert(!this.#isEnded, 'no statement follows the end of its transaction')
    try {
      const { sql: text, parameters } = query
      const values = toParameters(parameters)
      const isPrepared = !isForMany(parameters)
      const { rows, written, command } = await this.#send({ text, values, isPrepared })
      const answer = { rows: rows as R[] } // the query's own type says what it selects
      return written === null || command === 'SELECT'
        ? answer
        : { ...answer, numAffectedRows: BigInt(written) }
    } catch (error) {
      throw await this.#explain(error)
    }
  }

  // eslint-disable-next-line require-yield -- the interface asks for a generator
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streams are not used: read in pages by key')
  }

  #send(statement: Omit<Waiting, 'settle'>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const settle: Settle = {
      resolve,
      // Kept as the answer comes: who waits for a statement behind it may be heard before who waits for this one.
      reject: (error) => {
        if (!isAftermath(error)) this.#failure = error
        reject(error)
      },
    }
    this.#waiting.push({ ...statement, settle })
    this.#gather()
    return promise
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    afterMicrotasks(() => {
      this.#isGathering = false
      this.#sendWaiting()
    })
  }

  /** In one write: each is a call to the system, which costs more than the query's own bytes. */
  #sendWaiting(): void {
    if (this.#ending !== null) {
      this.#isEnded = true
      this.#waiting.push({ text: 'commit', values: [], isPrepared: true, settle: this.#ending })
      this.#ending = null
    }
    const waiting = this.#waiting
    this.#waiting = []
    const { stream } = this.#client.connection
    stream.cork()
    let together: Statement[] = []
    const sendTogether = (): void => {
      if (together.length > 0) this.#client.query(new Exchange(together))
      together = []
    }
    for (const { text, values, isPrepared, settle } of waiting) {
      const prepared = isPrepared ? this.#names.use(text) : null
      const shape = prepared?.shape ?? null
      if (prepared !== null && shape !== null) {
        together.push({ name: prepared.name, text, values, shape, settle })
      } else {
        sendTogether()
        this.#sendAlone({ text, values, settle }, prepared)
      }
    }
    sendTogether()
    stream.uncork()
  }

  /** As `pg` does it: what is not prepared, or prepared on the way. */
  #sendAlone(
    { text, values, settle }: Omit<Waiting, 'isPrepared'>,
    prepared: PreparedText | null,
  ): void {
    const named = prepared === null ? {} : { name: prepared.name }
    // A promise would tell an error only after the answers that came in one piece with it.
    this.#client.query({ ...named, text, values: [...values] }, (error, result) => {
      if (error) return settle.reject(error)
      const { fields, rows, rowCount, command } = result
      if (prepared !== null) prepared.shape = new Shape(fields)
      settle.resolve({ rows, written: rowCount, command })
    })
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
