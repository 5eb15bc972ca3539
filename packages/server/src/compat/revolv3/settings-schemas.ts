import { RECYCLING_DAYS_MAX, RECYCLING_RUNS_MAX } from '@perennial/core/recovery'
import Type, { type Static } from 'typebox'

const cancelOrKeep = (description: string) =>
  Type.Union([Type.Literal('cancel'), Type.Literal('keep')], { description })

const fields = {
  time_of_day: Type.String({
    pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
    description: 'When renewals and runs are made, UTC, such as 06:30.',
  }),
  processors: Type.Array(
    Type.String({ minLength: 1, maxLength: 100, description: 'The id or code of a gateway.' }),
    {
      maxItems: 20,
      description:
        'Gateways that are tried in this order with each method. None: the first gateway of the account.',
    },
  ),
  recycle_attempts: Type.Integer({
    minimum: 0,
    maximum: RECYCLING_RUNS_MAX,
    description: 'Runs over all methods after the first one.',
  }),
  recycle_interval_days: Type.Array(
    Type.Integer({ minimum: 1, maximum: RECYCLING_DAYS_MAX, description: 'Days.' }),
    {
      minItems: 1,
      maxItems: RECYCLING_RUNS_MAX,
      description: 'Days from run to run; the last one repeats.',
    },
  ),
  on_exhausted: cancelOrKeep('What becomes of the subscription after the last run.'),
  on_hard_decline: cancelOrKeep('What becomes of the subscription after a hard decline.'),
  hard_declines: Type.Array(
    Type.String({ minLength: 1, maxLength: 60, description: 'A decline code.' }),
    {
      maxItems: 100,
      description:
        'Decline codes after which no other method and no run is tried; all others are soft. A list takes the place of the one before it.',
    },
  ),
  invoice_expiration_window_days: Type.Integer({
    minimum: 1,
    maximum: RECYCLING_DAYS_MAX,
    description: 'An unpaid invoice that is older is given up.',
  }),
}

export const Revolv3SettingsBody = Type.Object(
  {
    webhook_url: Type.Optional(
      Type.Union([Type.String({ maxLength: 2000 }), Type.Null()], {
        description: 'Where webhooks go; kept once it has answered a test with 200. Null: nowhere.',
      }),
    ),
    webhook_key: Type.Optional(
      Type.String({
        minLength: 8,
        maxLength: 200,
        description: 'Signs the webhooks; one is made when none is given.',
      }),
    ),
    recurring_strategy: Type.Optional(
      Type.Partial(Type.Object(fields), {
        description: 'How subscriptions of stacked plans are charged and recycled.',
      }),
    ),
  },
  { description: 'What is absent stays as it is.' },
)
export type Revolv3SettingsBody = Static<typeof Revolv3SettingsBody>

export const Revolv3SettingsAnswer = Type.Object({
  data: Type.Object(
    {
      object: Type.Literal('revolv3_settings', { description: 'What this is.' }),
      webhook_url: Type.Union([Type.String(), Type.Null()], {
        description: 'Where webhooks go; null where nobody listens.',
      }),
      webhook_key: Type.Union([Type.String(), Type.Null()], {
        description: 'Shown once, when it is set.',
      }),
      recurring_strategy: Type.Object(fields, {
        description: 'How subscriptions of stacked plans are charged and recycled.',
      }),
    },
    { description: 'Settings of the Revolv3-compatible API.' },
  ),
})
