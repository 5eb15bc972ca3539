import Type from 'typebox'
import { cursorQuery } from '../../../../platform/lists/index.ts'
import {
  amount,
  idField,
  instantField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../../platform/wire/index.ts'

const text = (description: string) => Type.String({ description })
const count = (description: string) => Type.Integer({ description })

const WAITING = ['scheduled', 'awaiting_card'] as const
const ENDED = ['failed', 'blocked', 'canceled'] as const
const STATES = ['attempting', ...WAITING, 'succeeded', ...ENDED] as const

const fields = {
  id: wireId('recovery_case', 'Id of the recovery, the transactionId of the recovery API.'),
  object: oneOf(['handed_over_payment'], { description: 'Always "handed_over_payment".' }),
  client_id: wireId('recovery_client', 'Whose payment it is.'),
  state: oneOf(STATES, {
    description:
      'attempting: a charge is out. scheduled and awaiting_card wait until next_attempt_at. The others are its end.',
  }),
  amount_minor: amount('What is to be collected, in minor units.'),
  currency: text('ISO 4217 code, upper case.'),
  attempts_made: count('Charges so far.'),
  next_attempt_at: nullable(timestamp('The next charge, or the end of waiting for a card.')),
  first_decline_code: nullable(text("Why its biller's own charge failed; null = not told.")),
  last_decline_code: nullable(text('Why the latest charge failed.')),
  recommended_action: nullable(text('What its biller can do, as its webhook tells it.')),
  reason: nullable(text('Why it stands as it does.')),
  opened_at: timestamp('When it was handed over.'),
  closed_at: nullable(timestamp('When it ended.')),
}

export const HandedOverItem = Type.Object(fields, {
  title: 'HandedOverPayment',
  description: 'A failed payment that another biller handed over.',
})

const Decision = Type.Object(
  {
    state: oneOf([...WAITING, ...ENDED], { description: 'What it became.' }),
    attempts_made: count('Charges until then.'),
    due_at: nullable(timestamp('When the next charge is due, or until when a card is waited for.')),
    source: nullable(
      oneOf(['planner', 'schedule', 'network'], {
        description:
          'Who chose the instant; network: a rule allowed none before. Null where there is none to choose.',
      }),
    ),
    chance: nullable(
      Type.Number({ description: 'Chance of an approval that is expected, from 0 to 1.' }),
    ),
    runner_up: nullable(
      Type.Object(
        {
          at: timestamp('When that would have been.'),
          chance: Type.Number({ description: 'What it promised, from 0 to 1.' }),
        },
        { description: 'What else was considered.' },
      ),
    ),
    recommended_action: nullable(text('What its biller can do.')),
    reasons: Type.Array(text('A sentence.'), { description: 'Why, the weightiest first.' }),
    learned_from: count('Charges that the planner had learned from.'),
    decided_at: timestamp('When it was decided.'),
  },
  { description: 'Why a payment went on as it did. A charge that is made at once is none.' },
)

const Entry = Type.Object(
  {
    at: timestamp('When it happened.'),
    kind: oneOf(['opened', 'decided', 'attempt'], { description: 'What happened.' }),
    text: text('The same as a sentence.'),
  },
  { description: 'Something that happened to a payment.' },
)

const Details = Type.Object(
  {
    ...fields,
    timeline: Type.Array(Entry, { description: 'What happened and why, oldest first.' }),
    decisions: Type.Array(Decision, { description: 'Every decision, oldest first.' }),
  },
  {
    title: 'HandedOverPaymentDetails',
    description: 'A handed-over payment with all that happened to it.',
  },
)

export const HandedOverAnswer = Type.Object({ data: Details })
export const HandedOverParams = Type.Object({ id: idField('recovery_case', 'Id of the recovery.') })
export const HandedOverListQuery = Type.Object({
  ...cursorQuery('recovery_case'),
  state: Type.Optional(oneOf(STATES, { description: 'Only in this state.' })),
  client_id: Type.Optional(idField('recovery_client', 'Only of this client.')),
  customer_email: Type.Optional(
    textField('Only of the payer with this address.', { maxLength: 320 }),
  ),
  opened_after: Type.Optional(instantField('Only those handed over at or after this instant.')),
  opened_before: Type.Optional(instantField('Only those handed over up to this instant.')),
})
