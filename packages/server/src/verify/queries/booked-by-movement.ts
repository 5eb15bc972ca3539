import { sql } from 'kysely'

/**
 * What a line of a gateway's list changes in our money by itself: its fee, and what nothing of ours stands behind, once it is set aside. A
 * payout moves money from one of our accounts to another; a dispute's fee is booked by the dispute.
 */
export const BOOKED_BY_MOVEMENT = sql<bigint>`
  case when m.kind = 'dispute' and m.set_aside_at is null then 0 else -m.fee_minor end
  + case when m.kind = 'fee' or m.kind = 'adjustment' and m.charge_reference is null or m.set_aside_at is not null
         then m.amount_minor else 0 end`
