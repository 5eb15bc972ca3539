import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const onePerDate: Check = {
  name: 'one_renewal_per_date',
  promise: 'No subscription was renewed twice for one date.',
  find: (scope) => sql`
    select r.account_id, r.subscription_id::text as id,
           format('%s renewals at %s', count(*), r.renewal_at) as message
      from renewals r
     where ${ofAccount(scope, 'r')}
     group by r.account_id, r.subscription_id, r.renewal_at
    having count(*) > 1`,
}

/** Somebody has set another date for the end of the period before: its event says so. */
const wasMoved = sql`exists (
  select from events e
   where e.account_id = o.account_id and e.object_id = o.subscription_id and e.type = 'subscription.updated'
     and e.previous_attributes ->> 'current_period_end'
         = to_char(o.end_before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`

/**
 * Where billing stood still (paused with nothing to set aside, unpaid for a while), cycles are left out and
 * the periods have a gap as wide; a schedule that counts from each renewal has gaps by design.
 */
const periodsFollow: Check = {
  name: 'periods_follow',
  promise:
    'The billed periods of a subscription never overlap, and follow each other without a gap.',
  find: (scope) => sql`
    with ordered as (
      select r.account_id, r.subscription_id, r.cycle, r.period_start, r.period_end,
             r.renewal_at, r.kind, lag(r.cycle) over w as cycle_before, lag(r.period_end) over w as end_before,
             lag(r.renewal_at) over w as renewal_before
        from renewals r
       where ${ofAccount(scope, 'r')}
      window w as (partition by r.account_id, r.subscription_id order by r.period_start, r.cycle, r.id))
    select o.account_id, o.subscription_id::text as id,
           format('cycle %s starts at %s, cycle %s before it ended at %s', o.cycle, o.period_start, o.cycle_before, o.end_before) as message
      from ordered o
      join subscriptions s on s.account_id = o.account_id and s.id = o.subscription_id
     -- A renewal by hand, and with a profile any date that was moved, ends the period before it early.
     where (o.period_start < o.end_before and o.kind <> 'manual' and s.date_rule = 'anchored' and not ${wasMoved}
            or o.cycle <= o.cycle_before
            or s.date_rule = 'anchored' and o.cycle = o.cycle_before + 1 and o.period_start > o.end_before and not ${wasMoved}
               -- Dates pass while a bill is recycled, and no cycle is used up.
               and not exists (select from recycling_terms t
                                where t.account_id = o.account_id and t.subscription_id = o.subscription_id))
       -- Two renewals of one date are a break of their own.
       and o.renewal_at is distinct from o.renewal_before`,
}

const renewalsHaveInvoices: Check = {
  name: 'renewal_has_invoice',
  promise:
    'Every renewal has the invoice of its subscription, period and amount, paid when it is, and is void when that is.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s renewal of %s %s has %s', r.status, r.amount_minor, r.currency,
                  coalesce(format('a %s invoice of %s %s', i.status, i.total_minor, i.currency), 'no invoice')) as message
      from renewals r
      left join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
     where ${ofAccount(scope, 'r')}
       and (i.id is null
            or i.subscription_id is distinct from r.subscription_id
            or i.total_minor <> r.amount_minor or i.currency <> r.currency
            or i.period_start <> r.period_start or i.period_end <> r.period_end
            or r.status in ('paid', 'partially_refunded', 'refunded') and i.status <> 'paid'
            or i.status = 'paid' and r.status not in ('paid', 'void', 'partially_refunded', 'refunded')
            or i.status = 'void' and r.status <> 'void')`,
}

const cyclesHaveRenewals: Check = {
  name: 'cycle_invoice_has_renewal',
  promise: 'Every invoice for a cycle of a subscription belongs to a renewal.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id, format('%s invoice %s has no renewal', i.billing_reason, i.number) as message
      from invoices i
     where ${ofAccount(scope, 'i')} and i.billing_reason in ('subscription_create', 'subscription_cycle')
       and not exists (select from renewals r where r.account_id = i.account_id and r.invoice_id = i.id)`,
}

const withinPeriod: Check = {
  name: 'subscription_at_last_renewal',
  promise: 'No subscription stands before a period that it was billed for.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('stands at %s and was billed from %s on', s.current_period_start, max(r.period_start)) as message
      from subscriptions s
      join renewals r on r.account_id = s.account_id and r.subscription_id = s.id
     where ${ofAccount(scope, 's')}
     group by s.account_id, s.id
    having max(r.period_start) > s.current_period_start`,
}

export const renewalChecks = [
  onePerDate,
  periodsFollow,
  renewalsHaveInvoices,
  cyclesHaveRenewals,
  withinPeriod,
] as const
