import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  addMs,
  formatInstant,
  MAX_INSTANT,
  maxInstant,
  MS_PER_DAY,
  MS_PER_SECOND,
  parseInstant,
  type Instant,
} from '@perennial/core/time'
import type { Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  ApiRefusal,
  acceptedOr,
  type ApiModule,
  closingSignal,
} from '../../../platform/http/index.ts'
import { DATE_OUT_OF_RANGE, isDateInRange, type JsonObject } from '../../../platform/wire/index.ts'
import { advanceClock } from './advance-clock.ts'
import { advanceErrors } from './clock-errors.ts'
import { isClockHeld } from './queries/clock.ts'
import { AdvanceBody, Advanced, TestClock } from './clock-schemas.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'

const tags = ['Test clock']

/** What is to be done before a clock is moved on, by modules that this one does not know. It stops by the signal. */
export type ClockHooks = {
  readonly beforeMove: (accountId: Uuid, signal: AbortSignal) => Promise<void>
}

/** `GET /test-clock` and `POST /test-clock/advance` of sandboxes. */
export function testClockRoutes(deps: BillingDeps, hooks: ClockHooks): ApiModule {
  type Move = { readonly to: Instant; readonly signal: AbortSignal }
  const moveTo = async (context: CommandContext, { to, signal }: Move) => {
    const beforeMove = () => hooks.beforeMove(context.accountId, signal)
    const given = { from: context.now, to, beforeMove, signal }
    const moved = await advanceClock(deps, scopeOf(context), given)
    const work = acceptedOr(moved, advanceErrors)
    const data = { object: 'test_clock' as const, now: formatInstant(to), is_standing: true }
    return { data: { ...data, work: { ...work, parked: work.parked.length } } }
  }
  return (app) => {
    const signal = closingSignal(app)
    app.get(
      '/test-clock',
      {
        config: { scope: 'test_clock:read' },
        schema: { tags, summary: "Tell the sandbox's time", response: { 200: TestClock } },
      },
      async ({ context }) => {
        if (context.environment === 'live')
          acceptedOr({ kind: 'refused', code: 'clock_not_movable' }, advanceErrors)
        const isStanding = await context.inTx((tx) => isClockHeld(tx, context.accountId))
        return {
          data: {
            object: 'test_clock' as const,
            now: formatInstant(context.now),
            is_standing: isStanding,
          },
        }
      },
    )

    app.post(
      '/test-clock/advance',
      {
        config: {
          scope: 'test_clock:write',
          // Goes on to where the one that died was to go.
          reload: (context, { note }) =>
            moveTo(context, { to: maxInstant(targetIn(note), context.now), signal }),
        },
        schema: {
          tags,
          summary: "Move the sandbox's time forward and do all work that falls due on the way",
          body: AdvanceBody,
          response: { 200: Advanced },
        },
      },
      async ({ context, body }) => {
        const to = targetOf(context.now, body)
        const { accountId } = context
        const note = { to: formatInstant(to) }
        await context.inTx((tx) => context.remember(tx, 'account', accountId, note))
        return moveTo(context, { to, signal })
      },
    )
  }
}

function targetOf(now: Instant, body: Static<typeof AdvanceBody>): Instant {
  const given = [body.to, body.seconds, body.days].filter((value) => value !== undefined)
  if (given.length !== 1)
    throw ApiRefusal.invalid('to', 'Give exactly one of to, seconds and days.')
  if (body.to !== undefined) return body.to
  const ms = (body.seconds ?? 0) * MS_PER_SECOND + (body.days ?? 0) * MS_PER_DAY
  const to = now + ms > MAX_INSTANT ? MAX_INSTANT : addMs(now, ms)
  if (!isDateInRange(to)) throw ApiRefusal.invalid('to', `The date ${DATE_OUT_OF_RANGE}.`)
  return to
}

function targetIn(note: JsonObject | null): Instant {
  const to = typeof note?.['to'] === 'string' ? parseInstant(note['to']) : null
  assert(to !== null, 'a move that began has noted where to')
  return to
}
