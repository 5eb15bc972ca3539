import type { PoolClient } from 'pg'
import type { Shape } from './exchange.ts'

declare module 'pg' {
  interface Connection {
    /** Undocumented in `pg`: what it believes the server has prepared, by name. */
    parsedStatements: Record<string, string>
  }
}

const STATEMENTS_MAX = 500

export type PreparedText = {
  readonly name: string
  /** Null until it has been answered once. */
  shape: Shape | null
}

/**
 * The prepared statements of one connection, by their text: the first use of a text prepares it, later
 * ones skip parsing and often planning. Bounded: the least recently used one makes room.
 */
export class StatementNames {
  readonly #client: PoolClient
  readonly #byText = new Map<string, PreparedText>()
  #count = 0

  constructor(client: PoolClient) {
    this.#client = client
  }

  use(text: string): PreparedText {
    const known = this.#byText.get(text)
    if (known !== undefined) {
      // Maps keep the order of insertion: put back last, the first entry is the least recently used.
      this.#byText.delete(text)
      this.#byText.set(text, known)
      return known
    }
    if (this.#byText.size >= STATEMENTS_MAX) this.#dropOldest()
    this.#count += 1
    // The name is never used again, so a late answer about a dropped one hurts nobody.
    const made = { name: `s${this.#count}`, shape: null }
    this.#byText.set(text, made)
    return made
  }

  #dropOldest(): void {
    const oldest = this.#byText.entries().next().value
    if (oldest === undefined) return
    const [text, { name }] = oldest
    this.#byText.delete(text)
    // One that was refused before it was prepared, as behind a failed one: dropping it would fail another transaction.
    if (this.#client.connection.parsedStatements[name] === undefined) return
    delete this.#client.connection.parsedStatements[name]
    // Sent ahead of the next query on the same connection. In a failed transaction it is refused, and
    // the server keeps one statement too many until the connection ends.
    this.#client.query(`deallocate ${name}`).catch(() => undefined)
  }
}
