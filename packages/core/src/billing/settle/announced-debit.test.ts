import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Invoice } from '../../invoices/index.ts'
import type { MandateStatus } from '../../payments/index.ts'
import type { SubscriptionStatus } from '../../subscriptions/index.ts'
import { decideDebit } from './announced-debit.ts'

const SUBMISSION = { year: 2027, month: 4, day: 8 }
const LATER = { year: 2027, month: 4, day: 9 }

test('an announced debit is looked at again on the day that it is handed in', () => {
  const cases: readonly {
    readonly status?: Invoice['status']
    readonly paidMinor?: bigint
    readonly sent?: true
    readonly subscription?: SubscriptionStatus
    readonly mandate?: MandateStatus
    readonly late?: true
    readonly beingPaid?: true
    readonly is: string
  }[] = [
    { is: 'submit' },
    { subscription: 'past_due', is: 'submit' },
    { subscription: 'expired', is: 'submit' }, // its last period is owed all the same
    { status: 'paid', is: 'cancel invoice_paid' },
    { status: 'void', subscription: 'paused', is: 'cancel invoice_void' },
    { subscription: 'canceled', mandate: 'cancelled', is: 'cancel subscription_canceled' },
    { subscription: 'canceled', sent: true, is: 'submit' }, // planned by hand
    { subscription: 'paused', mandate: 'cancelled', is: 'hold' },
    { mandate: 'cancelled', is: 'fail mandate_cancelled' },
    { mandate: 'suspended', late: true, is: 'fail mandate_suspended' },
    { late: true, is: 'announce_again 2900' },
    { beingPaid: true, is: 'submit' }, // which is refused, and tried again soon
    { late: true, beingPaid: true, is: 'hold' },
    { late: true, beingPaid: true, mandate: 'cancelled', is: 'fail mandate_cancelled' },
    { paidMinor: 9_00n, is: 'announce_again 2000' }, // 29.00 - 9.00
  ]
  for (const each of cases) {
    const { status = 'finalized', paidMinor = 0n, subscription = 'active' } = each
    const collectionMethod = each.sent === true ? 'send_invoice' : 'charge_automatically'
    const invoice = { status, paidMinor, totalMinor: 29_00n, collectionMethod } as const
    const decision = decideDebit(
      {
        amountMinor: 29_00n,
        submissionOn: SUBMISSION,
        mandateStatus: each.mandate ?? 'active',
        invoice,
        isBeingPaid: each.beingPaid === true,
        subscriptionStatus: subscription,
      },
      each.late === true ? LATER : SUBMISSION,
    )
    const { kind, ...rest } = decision
    assert.equal(
      [kind, ...Object.values(rest)].join(' '),
      each.is,
      `${kind} of ${status}, ${subscription}`,
    )
  }
})
