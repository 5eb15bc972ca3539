import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { RawBuilder } from 'kysely'

/** What a run looks at: the whole database, or one account of it. */
export type VerifyScope = {
  readonly accountId: Uuid | null
  /** Accounts whose test clock does not stand live at this instant. */
  readonly realNow: Instant
}

/** One broken promise: `id` names the object, where there is one. */
export type ProblemRow = {
  readonly account_id: Uuid | null
  readonly id: string
  readonly message: string
}

/** A promise about the whole database. `find` is one set-based query: a row for each thing that breaks it. */
export type Check = {
  readonly name: string
  /** One sentence. */
  readonly promise: string
  readonly find: (scope: VerifyScope) => RawBuilder<ProblemRow>
}
