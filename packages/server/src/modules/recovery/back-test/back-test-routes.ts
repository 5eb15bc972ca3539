import type { TestedPolicy } from '@perennial/core/recovery'
import { addDays, addMs } from '@perennial/core/time'
import Type from 'typebox'
import { type ApiModule, ApiRefusal } from '../../../platform/http/index.ts'
import {
  amount,
  currencyField,
  dateField,
  nullable,
  oneOf,
  textField,
  timestamp,
} from '../../../platform/wire/index.ts'
import { createBackTestLine } from './back-test-line.ts'
import {
  BACK_TEST_DAYS,
  POLICIES_MAX,
  problemOfPeriod,
  readTestedPolicy,
  runBackTest,
} from './run-back-test.ts'
import { toWireBackTest } from './to-wire-back-test.ts'

const tags = ['Recovery']

const Body = Type.Object({
  policies: Type.Array(
    textField('none, ladder, planner, fixed:DAYS or planner:DAYS, such as fixed:1,3,5,7.', {
      maxLength: 60,
    }),
    {
      minItems: 1,
      maxItems: POLICIES_MAX,
      description: 'What to try in the place of what was done.',
    },
  ),
  from: Type.Optional(dateField('Recoveries that began from then on; 90 days ago by default.')),
  to: Type.Optional(dateField('Until then; now by default.')),
  currency: Type.Optional(currencyField('Of the bills; the account’s own by default.')),
})

const count = (description: string) => Type.Number({ description })

const BackTestItem = Type.Object(
  {
    object: oneOf(['recovery_back_test'], { description: 'Always "recovery_back_test".' }),
    from: timestamp('Start of the period.'),
    to: timestamp('End of the period.'),
    currency: Type.String({ description: 'ISO 4217.' }),
    cases: count('Recoveries that were looked at; of more than 2,000 the newest.'),
    left_out: count('Recoveries of the period that began less than `horizon_days` ago: nobody knows yet how they end.'),
    horizon_days: count('For so many days each recovery is watched, in what was done and in what would have been: as long as the longest policy, 28 at least.'),
    failed_minor: amount('What they were for.'),
    actual: Type.Object(
      { recovered_minor: amount('Really won by retries.'), attempts: count('Retries that were made.') },
      { description: 'What was done by itself, of whole bills, with the card that had failed.' },
    ),
    checked_attempts: count('Real retries that the estimate was held against.'),
    expected_per_won: nullable(count('Of these, how many were expected to succeed for each that did; its error is drawn with the rest. Near 1 is good.')),
    results: Type.Array(
      Type.Object({
        policy: Type.String({ description: 'As it was asked for.' }),
        recovered_minor: amount('Expected to be won.'),
        low_minor: amount('In 5 of 100 samples it was less: the range holds luck and the error of the estimate.'),
        high_minor: amount('In 5 of 100 samples it was more.'),
        fees_minor: amount('Of this, and for tries that fail, gateways are expected to charge so much, by the fees that are set on them now; 0 where none are.'),
        net_minor: amount('What is left of it.'),
        recovered_share: count('Of what failed; between 0 and 1.'),
        attempts: count('Expected retries.'),
        near_share: count('Share of these with a real one of the same recovery within 12 hours. The rest is what the model believes.'),
      }),
      { description: 'In the order in which they were asked for.' },
    ),
    notes: Type.Array(Type.String(), { description: 'What to bear in mind.' }),
  },
  { title: 'RecoveryBackTest', description: 'What policies would have won of an account’s own past, with a range.' },
) // prettier-ignore

/** `POST /v2/recovery/back-tests`: reads, computes, keeps nothing. */
export const recoveryBackTestRoutes: ApiModule = (app) => {
  const line = createBackTestLine()
  app.post(
    '/recovery/back-tests',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'Replay policies over your own failed payments',
        description:
          'Nothing is charged, changed or kept. An account has two of them under way at most: more, and more than the service has room for, are refused with 429.',
        body: Body,
        response: { 200: Type.Object({ data: BackTestItem }) },
      },
    },
    async ({ context, body }) => {
      const policies = body.policies.map(readPolicy)
      // What begins at this very moment counts.
      const to = body.to ?? addMs(context.now, 1)
      const from = body.from ?? addDays(to, -BACK_TEST_DAYS)
      const problem = problemOfPeriod({ from, to })
      if (problem !== null) throw ApiRefusal.invalid('from', problem)
      const { accountId } = context
      const currency = body.currency ?? context.account.currency
      const of = { accountId, policies, from, to, currency, now: context.now }
      const tested = await line.run(accountId, () => runBackTest((work) => context.inTx(work), of))
      return { data: toWireBackTest(tested, { names: body.policies, from, to, currency }) }
    },
  )
}

function readPolicy(text: string, index: number): TestedPolicy {
  const policy = readTestedPolicy(text)
  if (policy !== null) return policy
  const ways = 'none, ladder, planner, fixed:DAYS or planner:DAYS with up to 8 ascending days of 60'
  throw ApiRefusal.invalid(`policies[${index}]`, `Give ${ways}.`)
}
