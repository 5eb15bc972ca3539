import type { PoolClient } from 'pg'

declare module 'pg' {
  interface Connection {
    /** Undocumented in `pg`: what it believes the server has prepared, by name. */
    parsedStatements: Record<string, string>
  }
}

const STATEMENTS_MAX = 500

/**
 * The prepared statements of one connection, by their text: the first use of a text prepares it, later
 * ones skip parsing and often planning. Bounded: the least recently used one makes room.
 */
export class StatementNames {
  readonly #client: PoolClient
  readonly #nameByText = new Map<string, string>()
  #count = 0

  constructor(client: PoolClient) {
    this.#client = client
  }

  nameOf(text: string): string {
    const known = this.#nameByText.get(text)
    if (known !== undefined) {
      // Maps keep the order of insertion: put back last, the first entry is the least recently used.
      this.#nameByText.delete(text)
      this.#nameByText.set(text, known)
      return known
    }
    if (this.#nameByText.size >= STATEMENTS_MAX) this.#dropOldest()
    this.#count += 1
    const name = `s${this.#count}` // never reused, so a late answer about a dropped one hurts nobody
    this.#nameByText.set(text, name)
    return name
  }

  #dropOldest(): void {
    const oldest = this.#nameByText.entries().next().value
    if (oldest === undefined) return
    const [text, name] = oldest
    this.#nameByText.delete(text)
    // One that was refused before it was prepared, as behind a failed one: dropping it would fail another transaction.
    if (this.#client.connection.parsedStatements[name] === undefined) return
    delete this.#client.connection.parsedStatements[name]
    // Sent ahead of the next query on the same connection. In a failed transaction it is refused, and
    // the server keeps one statement too many until the connection ends.
    this.#client.query(`deallocate ${name}`).catch(() => undefined)
  }
}
