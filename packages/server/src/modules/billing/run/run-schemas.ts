import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull, type Instant } from '@perennial/core/time'
import Type from 'typebox'
import { idField, nullable, oneOf, timestamp, wireId } from '../../../platform/wire/index.ts'

const count = (description: string) => Type.Integer({ description })

export const RenewalRunItem = Type.Object(
  {
    id: wireId('renewal_run', 'Id of the run.'),
    object: oneOf(['renewal_run'], { description: 'Always "renewal_run".' }),
    started_at: timestamp('When it began.'),
    finished_at: nullable(
      timestamp('When nothing was left to do; null while it goes on, or after a crash of it.'),
    ),
    due: count('Subscriptions that were due.'),
    renewed: count('Periods that were billed.'),
    failed: count('Charges that were refused.'),
    other: count('Steps that billed nothing: notices, resumes, ends.'),
    parked: count('Subscriptions set aside because of a fault.'),
    parked_reasons: Type.Array(
      Type.Object({
        subscription_id: wireId('subscription', 'The subscription that was set aside.'),
        reason: Type.String({ description: 'What went wrong.' }),
      }),
      { description: 'The first hundred of them.' },
    ),
    fault: nullable(
      Type.String({
        description:
          'What kept a kind of work, such as refunds, from being done; the rest was. It is tried again; runs one after another that come to nothing because of a fault are told as one, from the first to the last.',
      }),
    ),
  },
  {
    title: 'RenewalRun',
    description: 'What one renewal run came to. Runs that found nothing to do leave no record.',
  },
)

export const ParkedItem = Type.Object(
  {
    subscription_id: wireId('subscription', 'The subscription that was set aside.'),
    parked_at: timestamp('When it was set aside.'),
    reason: Type.String({ description: 'What went wrong.' }),
  },
  { title: 'ParkedSubscription', description: 'A subscription that waits for a retry by hand.' },
)

export const RetryParkedBody = Type.Object({
  subscription_ids: Type.Optional(
    Type.Array(idField('subscription', 'A parked subscription.'), {
      minItems: 1,
      maxItems: 1_000,
      description: 'Only these; all of the account when left out.',
    }),
  ),
})

export const RetryParkedAnswer = Type.Object({
  data: Type.Object({
    unparked: count('Subscriptions that were tried again.'),
    renewed: count('Periods that were billed.'),
    parked: count('Subscriptions that failed again.'),
  }),
})

export type RunRow = {
  readonly id: Uuid
  readonly started_at: Instant
  readonly finished_at: Instant | null
  readonly due: number
  readonly renewed: number
  readonly failed: number
  readonly other: number
  readonly parked: number
  readonly parked_reasons: readonly { readonly id: Uuid; readonly reason: string }[]
  readonly fault: string | null
}

export function toWireRun(row: RunRow) {
  const { started_at: startedAt, finished_at: finishedAt, ...counts } = row
  return {
    ...counts,
    id: encodeId('renewal_run', row.id),
    object: 'renewal_run' as const,
    started_at: formatInstant(startedAt),
    finished_at: formatInstantOrNull(finishedAt),
    parked_reasons: row.parked_reasons.map(({ id, reason }) => ({
      subscription_id: encodeId('subscription', id),
      reason,
    })),
  }
}
