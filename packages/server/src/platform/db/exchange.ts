import { assert } from '@perennial/core/fault'
import pg, { type FieldDef } from 'pg'

import { type Parameter, typeParsers } from './values.ts'

/** The rows of a statement, and how many it wrote: null where it writes none. */
export type Answer = {
  readonly rows: readonly Row[]
  readonly written: number | null
  /** What it did, as PostgreSQL calls it: SELECT, INSERT, COMMIT. */
  readonly command: string
}

type Row = Readonly<Record<string, unknown>>

/** A statement that the connection has prepared and that has been answered before. */
export type Statement = {
  readonly name: string
  readonly text: string
  readonly values: readonly Parameter[]
  readonly shape: Shape
  readonly settle: Settle
}

export type Settle = {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** The columns of a statement's rows. PostgreSQL refuses a prepared statement whose columns have changed, so they are asked for once. */
export class Shape {
  readonly #names: readonly string[]
  readonly #parsers: readonly ((text: string) => unknown)[]
  readonly #empty: Row

  constructor(fields: readonly FieldDef[]) {
    this.#names = fields.map(({ name }) => name)
    this.#parsers = fields.map(({ dataTypeID }) => typeParsers.getTypeParser(dataTypeID, 'text'))
    this.#empty = Object.fromEntries(this.#names.map((name) => [name, null]))
  }

  toRow(texts: readonly (string | null)[]): Row {
    const row: Record<string, unknown> = { ...this.#empty }
    for (const [index, name] of this.#names.entries()) {
      const text = texts[index] ?? null
      if (text !== null) row[name] = this.#parsers[index]?.(text)
    }
    return row
  }
}

const COMMAND_COMPLETE = /^([A-Z]+).*?(\d+)?$/

/**
 * Prepared statements that travel together and are answered together. `pg` ends each statement with a message of its own, which
 * PostgreSQL answers at once: a write and a read for each, which cost more than most statements. Here the last one alone ends so.
 * Of statements that travel together PostgreSQL passes over those behind one that it refuses; they get that one's error.
 */
export class Exchange extends pg.Query {
  readonly statements: readonly Statement[]
  readonly #answers: Answer[] = []
  #rows: Row[] = []
  /** A row that cannot be read is the error of its statement alone. */
  readonly #unreadable = new Map<number, unknown>()

  constructor(statements: readonly Statement[]) {
    super({ text: '' })
    this.statements = statements
  }

  override submit = (connection: pg.Connection): void => {
    for (const { name, values } of this.statements) {
      connection.bind({ statement: name, values: [...values] }, true)
      connection.execute(null, true)
    }
    connection.sync()
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const at = this.#answers.length
    try {
      this.#rows.push(this.#statementAt(at).shape.toRow(fields))
    } catch (error) {
      this.#unreadable.set(at, error)
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, command = '', count] = COMMAND_COMPLETE.exec(text) ?? []
    this.#answers.push({ rows: this.#rows, written: count === undefined ? null : Number(count), command }) // prettier-ignore
    this.#rows = []
  }

  handleError(error: unknown): void {
    // Told behind the last answer: outside a transaction PostgreSQL keeps what it did only now, and has not.
    if (this.#answers.length === this.statements.length) this.#answers.length = 0
    this.#settle(error)
  }

  handleReadyForQuery(): void {
    this.#settle(new Error('PostgreSQL has not answered every statement'))
  }

  /** `unanswered`: the error of the statements that have no answer. */
  #settle(unanswered: unknown): void {
    for (const [index, { settle }] of this.statements.entries()) {
      const answer = this.#answers[index]
      if (answer === undefined) settle.reject(unanswered)
      else if (this.#unreadable.has(index)) settle.reject(this.#unreadable.get(index))
      else settle.resolve(answer)
    }
  }

  #statementAt(index: number): Statement {
    const statement = this.statements[index]
    assert(statement !== undefined, 'an answer belongs to a statement')
    return statement
  }
}
