import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  idField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'

const STATES = ['open', 'recovered', 'exhausted', 'canceled'] as const
const WAITS = ['try', 'card', 'end', 'chance'] as const
const POLICIES = ['planner', 'fixed', 'ladder'] as const

const text = (description: string) => Type.String({ description })
const count = (description: string) => Type.Integer({ description })

const caseFields = {
  id: wireId('recovery_case', 'Id of the case.'),
  object: oneOf(['recovery_case'], { description: 'Always "recovery_case".' }),
  state: oneOf(STATES, { description: 'open until it ends in one of the others.' }),
  customer_id: wireId('customer', 'Who owes.'),
  subscription_id: nullable(
    wireId(
      'subscription',
      'The subscription that is behind; null for a sale of one-time products alone, which nothing tries by itself.',
    ),
  ),
  invoice_id: wireId('invoice', 'The bill that could not be collected.'),
  amount_minor: amount('What was owed when it was opened, in minor units.'),
  currency: text('ISO 4217 code, upper case.'),
  policy: oneOf(POLICIES, { description: 'Who chooses the instants.' }),
  retries_made: count(
    'Retries of the schedule that came to nothing so far; the one that won is not among them.',
  ),
  retries_max: count('Retries of the schedule in all.'),
  waits_for: nullable(
    oneOf(WAITS, {
      description:
        'try: the next retry. card: another card, because this one may not be tried again. end: all retries are made. chance: nothing promises anything now, it is looked at again.',
    }),
  ),
  next_attempt_at: nullable(
    timestamp(
      'When it is tried next; null while a try is under way, or where it waits for something else.',
    ),
  ),
  ends_at: nullable(timestamp('When it is given up, if nothing comes before.')),
  first_decline_code: text('Why the first charge failed.'),
  last_decline_code: text('Why the latest charge failed.'),
  opened_at: timestamp('When the first charge failed.'),
  closed_at: nullable(timestamp('When it ended.')),
}

export const CaseItem = Type.Object(caseFields, {
  title: 'RecoveryCase',
  description: 'The recovery of one bill whose charge failed.',
})

const Decision = Type.Object(
  {
    kind: oneOf(['try', 'wait_for_card', 'wait_for_chance', 'give_up'], {
      description: 'What was decided.',
    }),
    policy: oneOf(POLICIES, { description: 'Who decided.' }),
    retry_number: count('Which retry it is about, from 1.'),
    due_at: timestamp('When it is to be done, or until when is waited.'),
    gateway: nullable(text('Code of the chosen gateway; null = as the subscription is routed.')),
    payment_method_id: nullable(wireId('payment_method', 'The card that it is about.')),
    chance: nullable(
      Type.Number({
        description:
          'Chance of an approval that the planner expects, from 0 to 1, on fixed days too where the account itself chose the planner; otherwise null.',
      }),
    ),
    runner_up: nullable(
      Type.Object(
        {
          at: timestamp('When that would have been.'),
          gateway: nullable(text('Code of its gateway.')),
          chance: Type.Number({ description: 'What it promised, from 0 to 1.' }),
        },
        { description: 'What else was considered.' },
      ),
    ),
    is_exploring: Type.Boolean({
      description:
        'Whether another gateway than the best was taken, to learn about it: that one, at the same instant, is the runner-up.',
    }),
    guard: nullable(
      Type.Object(
        {
          rule: text(
            "The rule of the card's network, or of the refusal itself (retry_…), that stood against a try right away.",
          ),
          until: nullable(timestamp('From when it allows one; null = never with this card.')),
          since: nullable(
            timestamp(
              'From when on the rule holds, as it was known when this was decided; null = nobody has published since when.',
            ),
          ),
          source: nullable(
            text(
              'What the rule is and where to read it up, as it was known when this was decided; null in decisions of older versions.',
            ),
          ),
        },
        { description: 'What the card networks forbid, and what the refusal leaves no room for.' },
      ),
    ),
    reasons: Type.Array(text('A sentence.'), { description: 'Why, the weightiest first.' }),
    learned_from: count('Charges that the planner had learned from.'),
    decided_at: timestamp('When it was decided.'),
  },
  { description: 'Why a case went on as it did.' },
)

const Entry = Type.Object(
  {
    at: timestamp('When it happened.'),
    kind: oneOf(['opened', 'decided', 'attempt', 'closed'], { description: 'What happened.' }),
    text: text('The same as a sentence.'),
    attempt_id: nullable(wireId('payment_attempt', 'The charge, where it was one.')),
  },
  { description: 'Something that happened to a case.' },
)

export const CaseDetails = Type.Object(
  {
    ...caseFields,
    timeline: Type.Array(Entry, { description: 'What happened and why, oldest first.' }),
    decisions: Type.Array(Decision, { description: 'Every decision, oldest first.' }),
  },
  { title: 'RecoveryCaseDetails', description: 'A case with all that happened to it.' },
)

export const CaseAnswer = Type.Object({ data: CaseDetails })
export const CaseParams = Type.Object({ id: idField('recovery_case', 'Id of the case.') })
export const CaseListQuery = Type.Object({
  ...cursorQuery('recovery_case'),
  state: Type.Optional(oneOf(STATES, { description: 'Only cases in this state.' })),
  customer_id: Type.Optional(idField('customer', 'Only cases of this customer.')),
  subscription_id: Type.Optional(idField('subscription', 'Only cases of this subscription.')),
})
