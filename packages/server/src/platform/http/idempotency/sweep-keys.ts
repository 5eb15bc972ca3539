import { addMs, MS_PER_HOUR } from '@perennial/core/time'
import type { Clock } from '../../clock/index.ts'
import type { Database } from '../../db/index.ts'
import type { Logger } from '../../log/index.ts'
import { startLoop, type Loop } from '../../loop/index.ts'
import { LIFETIME_MS } from './idempotency.ts'
import { deleteExpiredKeys } from './queries.ts'

const BATCH_MAX = 1_000

/** Forgets idempotency keys whose time is over, once an hour. */
export function startKeySweep(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
}): Loop {
  return startLoop({
    name: 'sweep of idempotency keys',
    intervalMs: MS_PER_HOUR,
    log: deps.log,
    round: async () => {
      const before = addMs(deps.clock.now(), -LIFETIME_MS)
      const deleted = await deleteExpiredKeys(deps.database.kysely, { before, limit: BATCH_MAX })
      return { hasMore: deleted >= BATCH_MAX }
    },
  })
}
