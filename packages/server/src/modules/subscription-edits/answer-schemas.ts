import Type from 'typebox'
import {
  amount,
  type JsonObject,
  type JsonValue,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { EDIT_STATUSES, ROW_RESULTS, SEGMENT_KINDS } from './edit.ts'

const free = (description: string) =>
  Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true, description })
const anyValue = (description: string) => Type.Unsafe<JsonValue>({ description })
const number = (description: string) => Type.Integer({ description })

const Warning = {
  code: Type.String({ description: 'Name of the warning.' }),
  message: Type.String({ description: 'The same in words.' }),
}

const reviewed = {
  loaded: number('Subscriptions that match.'),
  planned: number('Of these, those that would change, or wait for their turn.'),
  unchanged: number('Those that stay as they are.'),
  skipped: number('Those that cannot be changed like this.'),
}

export const EditItem = Type.Object(
  {
    id: wireId('subscription_edit', 'Id of the edit.'),
    object: oneOf(['subscription_edit'], { description: 'Always "subscription_edit".' }),
    status: oneOf(EDIT_STATUSES, {
      description:
        'previewing: its review goes on, and what is told so far is a part. draft: a review that waits for a confirmation. running and paused: confirmed. done. canceled: ended before that.',
    }),
    undoes_id: nullable(wireId('subscription_edit', 'The edit that this one takes back.')),
    undone_by_id: nullable(
      wireId('subscription_edit', 'The confirmed edit that takes this one back.'),
    ),
    filters: free('Which subscriptions were asked for.'),
    segment_by: oneOf(SEGMENT_KINDS, { description: 'What they are told apart by.' }),
    segments: Type.Array(
      Type.Object({
        value: anyValue('What the subscriptions of the segment have in common; null = none.'),
        actions: Type.Array(free('An action.'), { description: 'What is done to them.' }),
        counts: Type.Object(reviewed, { description: 'As reviewed.' }),
        warnings: Type.Array(
          Type.Object({ ...Warning, count: number('How many subscriptions it is about.') }),
          { description: 'What to know before a confirmation.' },
        ),
      }),
      { description: 'Those that were found, with what is done to each.' },
    ),
    limit: nullable(number('How many may be changed at most.')),
    matching: nullable(
      number('Subscriptions that matched when the review began; null where it was done at once.'),
    ),
    review_token: nullable(
      Type.String({
        description:
          'Of everything that the review shows; a confirmation names it. Null until it is there.',
      }),
    ),
    totals: Type.Array(
      Type.Object({
        currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
        subscriptions: number('Those that are to change.'),
        amount_before_minor: amount('What a full period of all of them costs now.'),
        amount_after_minor: amount('What it will cost; what is canceled costs nothing.'),
      }),
      { description: 'As reviewed, by currency.' },
    ),
    counts: Type.Object(
      {
        ...reviewed,
        changed: number('Those that were changed.'),
        failed: number('Those that could not be written.'),
      },
      { description: 'As of now; they add up to loaded.' },
    ),
    progress_percent: number(
      'Of a review, the share of what matched that it has come to; then the share of the planned changes that has been worked through.',
    ),
    created_at: timestamp('When it was reviewed.'),
    expires_at: timestamp('Until when it may be confirmed.'),
    confirmed_at: nullable(timestamp('When it was confirmed.')),
    finished_at: nullable(timestamp('When it was done or canceled.')),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'SubscriptionEdit', description: 'A change of many subscriptions, reviewed first.' },
)

const standing = {
  status: Type.String({ description: 'Status.' }),
  amount_minor: amount('What a full period costs.'),
  next_renewal_at: nullable(timestamp('The next renewal, or the end of the trial.')),
  trial_end: nullable(timestamp('End of the trial, past or to come.')),
  subscription_profile_id: nullable(wireId('subscription_profile', 'The profile it follows.')),
  discount_ids: Type.Array(wireId('discount', 'A discount.'), {
    description: 'The discounts that its bills bear, in order.',
  }),
  forced_gateway_id: nullable(wireId('gateway', 'Its forced gateway.')),
  preferred_gateway_id: nullable(wireId('gateway', 'Its preferred gateway.')),
}

export const EditRowItem = Type.Object(
  {
    object: oneOf(['subscription_edit_row'], { description: 'Always "subscription_edit_row".' }),
    position: number('Its place, by next renewal, then by id; from 1.'),
    subscription_id: wireId('subscription', 'The subscription.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case: what its amounts are in.' }),
    segment: anyValue('The value of its segment.'),
    result: oneOf(ROW_RESULTS, {
      description: 'planned: it is to change. The others tell what came of it.',
    }),
    reason: nullable(
      Type.Object(
        {
          code: Type.String({ description: 'Name of the reason.' }),
          message: Type.String({ description: 'The same in words.' }),
        },
        { description: 'Why it was left alone, or could not be written.' },
      ),
    ),
    before: Type.Object(standing, { description: 'As it was reviewed.' }),
    after: nullable(
      Type.Object(standing, { description: 'What it is to become; null where nothing changes.' }),
    ),
    changed: Type.Array(Type.String({ description: 'Name of a field.' }), {
      description: 'Fields that differ between before and after.',
    }),
    warnings: Type.Array(Type.Object(Warning), { description: 'What to know before.' }),
    can_be_undone: Type.Boolean({ description: 'Whether another edit can take it back.' }),
  },
  { title: 'SubscriptionEditRow', description: 'One subscription of an edit.' },
)
