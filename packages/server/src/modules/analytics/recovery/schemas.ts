import Type from 'typebox'
import {
  amount,
  currencyField,
  dateField,
  nullable,
  oneOf,
  timestamp,
} from '../../../platform/wire/index.ts'
import { CURVE_DAYS, GROUPS, SOURCES } from './queries.ts'

const count = (description: string) => Type.Integer({ description })
const share = (description: string) => Type.Number({ description })

const period = {
  from: Type.Optional(dateField('Recoveries that began from then on; 30 days ago by default.')),
  to: Type.Optional(dateField('Until then; now by default.')),
  currency: Type.Optional(currencyField('This currency alone.')),
  source: Type.Optional(
    oneOf(SOURCES, {
      description: 'Our own subscriptions, payments that other billers handed over, or both.',
      default: 'own',
    }),
  ),
}

export const NumbersQuery = Type.Object({
  ...period,
  group_by: Type.Optional(
    oneOf(GROUPS, { description: 'What to tell apart; all in one by default.' }),
  ),
})
export const CohortsQuery = Type.Object(period)

const told = {
  object: oneOf(['recovery_numbers', 'recovery_cohorts'], {
    description: 'Which numbers these are.',
  }),
  from: timestamp('Start of the period.'),
  to: timestamp('End of the period.'),
  source: oneOf(SOURCES, { description: 'Whose recoveries.' }),
  is_complete: Type.Boolean({
    description:
      'False: only the newest 100,000 recoveries of the period were read, or the 500 groups shown, of every currency its largest, are not all.',
  }),
}

const NumbersItem = Type.Object({
  currency: Type.String({ description: 'ISO 4217.' }),
  key: nullable(Type.String({ description: 'A decline reason, a gateway’s id, a BIN, the retry that won, a policy, or who won it (retry, payer, manual); null = not known, not won, or nothing told apart.' })),
  label: nullable(Type.String({ description: 'The key in words.' })),
  cases: count('Recoveries that began.'),
  recovered: count('Of these, won back whole, by whomever and whenever.'),
  open: count('Of these, still going on.'),
  lost: count('Of these, given up, called off or blocked, and not paid since.'),
  failed_minor: amount('What they were for.'),
  recovered_minor: amount('What has come of it, parts included. Refunds and chargebacks of later take nothing away.'),
  at_risk_minor: amount('What is still owed of those that go on.'),
  lost_minor: amount('What has not come of those that have ended.'),
  recovered_share: share('Won back, of what they were for; between 0 and 1.'),
  attempts: count('Retries that recovery made.'),
  explored: Type.Object(
    {
      attempts: count('Of these retries, those at another gateway than the best, to learn about it.'),
      recovered: count('Recoveries that one of them won back whole.'),
      recovered_minor: amount('What those that won have brought.'),
    },
    { description: 'What the planner tries to learn. Payments of other billers have one gateway, and nothing to explore.' },
  ),
  attempts_per_recovered: nullable(share('Retries for each one won back.')),
  hours_to_recover: Type.Object(
    { p50: nullable(share('Half were won within.')), p90: nullable(share('Nine tenths were won within.')) },
    { description: 'From the first failure.' },
  ),
}) // prettier-ignore

export const RecoveryNumbers = Type.Object(
  { ...told, group_by: nullable(oneOf(GROUPS, { description: 'What is told apart.' })), groups: Type.Array(NumbersItem, { description: 'The largest first, by currency.' }) },
  { title: 'RecoveryNumbers', description: 'What failed payments came to.' },
) // prettier-ignore

export const RecoveryCohorts = Type.Object(
  {
    ...told,
    days: Type.Array(Type.Integer(), { description: `The days of the curves: ${CURVE_DAYS.join(', ')}.` }),
    cohorts: Type.Array(
      Type.Object({
        month: Type.String({ description: 'In which they began, in the account’s time zone.' }),
        currency: Type.String({ description: 'ISO 4217.' }),
        cases: count('Recoveries that began.'),
        failed_minor: amount('What they were for.'),
        recovered_minor: Type.Array(amount('Won back by the end of that day.'), { description: 'By day.' }),
        recovered_share: Type.Array(share('Of what they were for.'), { description: 'By day.' }),
      }),
      { description: 'The oldest first.' },
    ),
  },
  { title: 'RecoveryCohorts', description: 'How fast failed payments were won back, by the month they failed in.' },
) // prettier-ignore
