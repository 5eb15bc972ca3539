import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const given: Check = {
  name: 'credit_note_given',
  promise:
    'A credit note by refund is for what its refunds gave back, or waits for one of them; the lines of every note sum to it.',
  find: (scope) => sql`
    with given as (
      select r.account_id, r.credit_note_id,
             coalesce(sum(r.amount_minor) filter (where r.status = 'succeeded'), 0) as minor,
             count(*) filter (where r.status in ('pending', 'processing')) as waiting
        from refunds r where ${ofAccount(scope, 'r')} and r.credit_note_id is not null
       group by r.account_id, r.credit_note_id),
    lines as (
      select l.account_id, l.credit_note_id, sum(l.total_amount_minor) as minor
        from credit_note_lines l where ${ofAccount(scope, 'l')}
       group by l.account_id, l.credit_note_id)
    select n.account_id, n.id::text as id,
           format('%s note of %s by %s: its lines sum to %s, its refunds gave %s, %s under way', n.status, n.amount_minor,
                  n.credit_method, coalesce(l.minor, 0), coalesce(g.minor, 0), coalesce(g.waiting, 0)) as message
      from credit_notes n
      left join given g on g.account_id = n.account_id and g.credit_note_id = n.id
      left join lines l on l.account_id = n.account_id and l.credit_note_id = n.id
     where ${ofAccount(scope, 'n')}
       and (l.minor is distinct from n.amount_minor
            or n.credit_method = 'refund_to_payment_method'
               and case n.status when 'pending' then coalesce(g.waiting, 0) = 0
                                 when 'issued' then g.minor is distinct from n.amount_minor or g.waiting > 0
                                 when 'void' then g.minor > 0 or g.waiting > 0
                                 else true end)`,
}

export const creditNoteChecks = [given] as const
