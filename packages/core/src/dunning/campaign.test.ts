import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseInstant } from '../time/index.ts'
import { checkCampaign, defaultCampaign, phaseOf, previewCampaign } from './index.ts'
import type { CampaignStep } from './index.ts'

const shown = (steps: readonly CampaignStep[]): string[] =>
  steps.map((step) => {
    const detail = step.action === 'email' ? ` ${step.template}` : ''
    return `${step.day} ${step.action}${detail}`
  })

describe('the built-in campaign', () => {
  const cases: readonly [string, readonly number[], number, readonly string[]][] = [
    [
      'is the table of the specification for retries on days 1, 3 and 7 and 7 days of grace',
      [1, 3, 7],
      7,
      ['0 email payment_failed', '1 retry', '1 email retry_failed', '3 retry', '3 email urgent_update', '3 warn', '7 retry', '7 email service_suspended', '7 restrict'], // prettier-ignore
    ],
    [
      'warns with the last retry before access ends',
      [2, 4, 6, 20],
      14,
      ['0 email payment_failed', '2 retry', '2 email retry_failed', '4 retry', '4 email retry_failed', '6 retry', '6 email urgent_update', '6 warn', '14 email service_suspended', '14 restrict', '20 retry'], // prettier-ignore
    ],
    ['suspends without a retry', [], 5, ['0 email payment_failed', '5 email service_suspended', '5 restrict']], // prettier-ignore
    ['leaves a day even without grace', [], 0, ['0 email payment_failed', '1 email service_suspended', '1 restrict']], // prettier-ignore
  ]
  for (const [name, retryDays, graceDays, expected] of cases) {
    test(name, () => {
      const steps = defaultCampaign({ retryDays, graceDays })
      assert.deepEqual(shown(steps), expected)
      assert.deepEqual(checkCampaign(steps), [])
    })
  }
})

describe('a campaign that makes no sense is refused with the place', () => {
  const email = (day: number): CampaignStep => ({
    day,
    action: 'email',
    template: 'payment_failed',
  })
  const cases: readonly [string, readonly CampaignStep[], readonly string[]][] = [
    ['no steps', [], ['steps']],
    ['days that go back', [email(3), email(1)], ['steps[1].day']],
    ['a retry on the day of the failure', [{ day: 0, action: 'retry' }], ['steps[0].day']],
    [
      'two retries on a day',
      [
        { day: 1, action: 'retry' },
        { day: 1, action: 'retry' },
      ],
      ['steps[1].day'],
    ],
    ['two mails on a day', [email(1), email(1)], ['steps[1].day']],
    [
      'access that is given back',
      [
        { day: 1, action: 'restrict', access: 'none' },
        { day: 2, action: 'restrict', access: 'partial' },
        { day: 3, action: 'warn' },
      ],
      ['steps[1].access', 'steps[2].action'],
    ],
    [
      'a retry after a pause',
      [
        { day: 5, action: 'pause' },
        { day: 6, action: 'retry' },
      ],
      ['steps[1].action'],
    ],
    [
      'anything but a mail of the same day after a cancel',
      [{ day: 5, action: 'cancel' }, email(5), email(6)],
      ['steps[2].action'],
    ],
    ['more retries than card networks allow', Array.from({ length: 15 }, (_, day): CampaignStep => ({ day: day + 1, action: 'retry' })), ['steps']], // prettier-ignore
  ]
  for (const [name, steps, paths] of cases) {
    test(name, () =>
      assert.deepEqual(
        checkCampaign(steps).map(({ path }) => path),
        paths,
      ),
    )
  }
})

test('a preview tells the instant of each step and the access after it', () => {
  const failedAt = parseInstant('2027-02-28T00:00:00Z')
  assert.ok(failedAt !== null)
  const previewed = previewCampaign(
    defaultCampaign({ retryDays: [1, 3, 7], graceDays: 7 }),
    failedAt,
  )
  assert.deepEqual(
    previewed.map(({ access }) => access).join(' '),
    'full full full full full warning warning warning suspended',
  )
  assert.equal(previewed.at(-1)?.at, parseInstant('2027-03-07T00:00:00Z'))
})

test('the phase tells how far dunning is', () => {
  const steps = defaultCampaign({ retryDays: [1, 3, 7], graceDays: 7 })
  const at = (stepsDone: number, access: 'full' | 'warning' | 'suspended') => {
    const { number, label, severity, isAccessRestricted } = phaseOf({ steps, stepsDone, access })
    return `${number} ${label} ${severity} ${isAccessRestricted}`
  }
  assert.equal(phaseOf(null).number, 1)
  assert.equal(at(1, 'full'), '1 Payment failed info false')
  assert.equal(at(3, 'full'), '2 Grace period info false')
  assert.equal(at(6, 'warning'), '3 Payment method needed warning false')
  assert.equal(at(9, 'suspended'), '4 Service suspended critical true')
})
