import { addMs, formatInstant, MS_PER_SECOND } from '@perennial/core/time'
import {
  ADVANCE_SECONDS_MAX,
  advanceClock,
  loadScope,
  type BillingDeps,
  type ClockHooks,
} from '../../modules/billing/index.ts'
import { accountNow } from '../../platform/clock/index.ts'
import { type ApiInstance, closingSignal } from '../../platform/http/index.ts'
import { DATE_OUT_OF_RANGE, isDateInRange } from '../../platform/wire/index.ts'
import { secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'
import { readBody } from './read-fields.ts'

/** `POST /api/test/advance` `{ "seconds": n }`: what is planned within that time is done before it answers. Sandboxes alone. */
export function addTestClockRoute(app: ApiInstance, deps: BillingDeps, hooks: ClockHooks): void {
  const signal = closingSignal(app)
  app.post('/api/test/advance', { schema: { hide: true } }, async (request) => {
    const { accountId } = await secretClient(deps, request)
    const seconds = readBody(request.body)['seconds']
    if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds) || seconds < 0)
      throw FaceRefusal.invalid('seconds', 'must be an integer of 0 or more')
    if (seconds > ADVANCE_SECONDS_MAX) throw REFUSALS.clock_moved_too_far()
    const scope = await loadScope(deps, accountId)
    const from = accountNow(scope, deps.clock.now())
    const to = addMs(from, seconds * MS_PER_SECOND)
    if (!isDateInRange(to)) throw FaceRefusal.invalid('seconds', `lead to a date that ${DATE_OUT_OF_RANGE}`) // prettier-ignore
    const beforeMove = () => hooks.beforeMove(accountId, signal)
    const moved = await advanceClock(deps, scope, { from, to, beforeMove, signal })
    if (moved.kind === 'accepted') return { success: true, now: formatInstant(to) }
    throw REFUSALS[moved.code]()
  })
}

/** Not 403: that is a fraud block here. */
const REFUSALS = {
  clock_not_movable: () =>
    new FaceRefusal(400, { error: 'Live time cannot be moved. Use the key of a sandbox.' }),
  clock_moved_backwards: () =>
    new FaceRefusal(409, { error: 'The clock was moved on meanwhile. Call again.' }),
  clock_moved_too_far: () =>
    FaceRefusal.invalid('seconds', 'must be ten years at most: a test clock does not go back'),
  clock_busy: () => new FaceRefusal(409, { error: 'The clock is being moved right now.' }),
  clock_stopped: () =>
    new FaceRefusal(503, {
      error: 'The service is stopping, and the clock with it on the way. Call again once it runs.',
    }),
} as const
