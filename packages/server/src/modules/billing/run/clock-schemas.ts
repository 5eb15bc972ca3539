import Type from 'typebox'
import { dateField, integerField, oneOf, timestamp } from '../../../platform/wire/index.ts'
import { ADVANCE_DAYS_MAX, ADVANCE_SECONDS_MAX } from './advance-clock.ts'

export const TestClock = Type.Object({
  data: Type.Object({
    object: oneOf(['test_clock'], { description: 'Always "test_clock".' }),
    now: timestamp("The account's time."),
    is_standing: Type.Boolean({
      description: 'True once it was moved: it then stands until it is moved again.',
    }),
  }),
})

export const AdvanceBody = Type.Object(
  {
    to: Type.Optional(dateField('Instant to move to, at most ten years ahead.')),
    seconds: Type.Optional(
      integerField('Seconds to move by.', { minimum: 0, maximum: ADVANCE_SECONDS_MAX }),
    ),
    days: Type.Optional(
      integerField('Days of 24 hours to move by.', { minimum: 0, maximum: ADVANCE_DAYS_MAX }),
    ),
  },
  { description: 'One of the three.' },
)

export const Advanced = Type.Object({
  data: Type.Object({
    object: oneOf(['test_clock'], { description: 'Always "test_clock".' }),
    now: timestamp("The account's time."),
    is_standing: Type.Boolean({ description: 'Always true after a move.' }),
    work: Type.Object(
      {
        due: Type.Integer({ description: 'Subscriptions that were due.' }),
        renewed: Type.Integer({ description: 'Periods billed.' }),
        paid: Type.Integer({ description: 'Charges that succeeded.' }),
        failed: Type.Integer({ description: 'Charges that were refused.' }),
        waiting: Type.Integer({ description: 'Charges whose answer is outstanding.' }),
        retried: Type.Integer({ description: 'Failed charges tried again.' }),
        overdue: Type.Integer({ description: 'Sent invoices that became overdue.' }),
        parked: Type.Integer({ description: 'Subscriptions set aside because of a fault.' }),
      },
      { description: 'What was done on the way.' },
    ),
  }),
})
