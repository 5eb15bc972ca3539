import { MS_PER_HOUR } from '@perennial/core/time'
import type { Clock } from '../../clock/index.ts'
import type { Database } from '../../db/index.ts'
import { type Claim, keepAlive } from './queries.ts'

/** A request that has no end is not under way any more. */
const ALIVE_MAX_MS = MS_PER_HOUR

/** The requests with an idempotency key that this process is running. */
export class LiveClaims {
  readonly #claims = new Set<Claim>()
  readonly #deps: { readonly database: Database; readonly clock: Clock }

  constructor(deps: { readonly database: Database; readonly clock: Clock }) {
    this.#deps = deps
  }

  add(claim: Claim): void {
    this.#claims.add(claim)
  }

  delete(claim: Claim): void {
    this.#claims.delete(claim)
  }

  /** Says of each that it is under way, so that no repetition takes it for dead. */
  async sayAlive(): Promise<void> {
    const { database, clock } = this.#deps
    const now = clock.now()
    for (const claim of this.#claims)
      if (now - claim.startedAt > ALIVE_MAX_MS) this.#claims.delete(claim)
    if (this.#claims.size > 0) await keepAlive(database.kysely, [...this.#claims], now)
  }
}
