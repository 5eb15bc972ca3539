import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'

/**
 * The beginning of a statement that claims rows of a queue: `with recursive` …, a `shares` with the owner, the key and
 * `next_try_at` of the rows that are due longest, at most `share` of each owner, and which one of its owner's each is (`nth`,
 * from 1). Nobody's backlog is read to find another's first row: from one owner to the next it goes by the index of owner and
 * time, whose condition is `isWaiting`. Rows are compared whole, so that no index of the time alone can be taken instead.
 */
export function dueShares(of: {
  readonly table: string
  /** Who gets a share, by the columns of the index. */
  readonly owner: readonly string[]
  /** What is told of a row beside its owner. */
  readonly key: string
  readonly isWaiting: RawBuilder<unknown>
  /** What else has to hold of a row that is due. */
  readonly isNext?: RawBuilder<unknown>
  readonly realNow: Instant
  readonly share: number
}): RawBuilder<unknown> {
  const { isWaiting, realNow } = of
  const table = sql.table(of.table)
  const columns = sql.join(of.owner.map((column) => sql.ref(column)))
  const ofOwner = sql.join(of.owner.map((column) => sql.ref(`o.${column}`)))
  const ofNext = sql.join(of.owner.map((column) => sql.ref(`q.${column}`)))
  const key = sql.ref(of.key)
  return sql`with recursive owners as (
      (select ${columns} from ${table} q
        where ${isWaiting} and (select min(q.next_try_at) from ${table} q where ${isWaiting}) <= ${realNow}
        order by ${columns} limit 1)
      union all
      select next.* from owners o
       cross join lateral (select ${columns} from ${table} q
                            where ${isWaiting} and (${ofNext}) > (${ofOwner})
                            order by ${columns} limit 1) as next
    ), shares as materialized (
      select ${ofOwner}, due.${key}, due.next_try_at, due.nth from owners o
       cross join lateral (
         select ${key}, next_try_at, row_number() over (order by next_try_at) as nth
           from (select q.${key}, q.next_try_at from ${table} q
                  where ${isWaiting}
                    and (${ofNext}, q.next_try_at) > (${ofOwner}, '-infinity'::timestamptz)
                    and (${ofNext}, q.next_try_at) <= (${ofOwner}, ${realNow})
                    and ${of.isNext ?? sql`true`}
                  order by ${ofNext}, q.next_try_at
                  limit ${of.share}) as first) as due)`
}

/**
 * Goes on after `dueShares`: a `due` with the keys of those rows of `from`, in its order, that are due still, locked; what
 * somebody else has locked is passed over. No index of the time answers `is true`, so that the key is what is looked up.
 */
export function lockDue(of: {
  readonly table: string
  /** The columns of the primary key, by which `from` names the rows. */
  readonly keys: readonly string[]
  /** As `dueShares` has it. */
  readonly isWaiting: RawBuilder<unknown>
  readonly from: RawBuilder<unknown>
  readonly realNow: Instant
  /** Absent: all of them. */
  readonly limit?: number
}): RawBuilder<unknown> {
  const { keys, limit } = of
  const isNamed = keys.map((key) => sql`${sql.ref(`q.${key}`)} = ${sql.ref(`named.${key}`)}`)
  return sql`due as materialized (
      select locked.* from ${of.from} as named
       cross join lateral (
         select ${sql.join(keys.map((key) => sql.ref(`q.${key}`)))} from ${sql.table(of.table)} q
          where ${sql.join(isNamed, sql` and `)} and ${of.isWaiting} and (q.next_try_at <= ${of.realNow}) is true
            for update skip locked limit 1) as locked
       ${limit === undefined ? sql`` : sql`limit ${limit}`})`
}

/**
 * A subquery with every account (`account_id`) that has a row whose condition is `isWaiting`, and the first instant (`due_at`)
 * that such rows are due at. Asked of all accounts at once: from one to the next it goes by the index of account and `at`, a row
 * each, and accounts without such rows are not looked at.
 */
export function firstOfAccounts(of: {
  readonly table: string
  /** The column that says when a row is due. */
  readonly at: string
  /** In columns of `q`, as the condition of the index has it; null = every row that has an instant. */
  readonly isWaiting: RawBuilder<unknown> | null
}): RawBuilder<unknown> {
  const at = sql.ref(`q.${of.at}`)
  const first = (isNext: RawBuilder<unknown>): RawBuilder<unknown> => sql`
      (select q.account_id, ${at} as due_at from ${sql.table(of.table)} q
        where ${at} is not null and ${of.isWaiting ?? sql`true`} and ${isNext}
        order by q.account_id, ${at} limit 1)`
  return sql`(with recursive accounts_of as (
      ${first(sql`true`)}
      union all
      select next.* from accounts_of f cross join lateral ${first(sql`q.account_id > f.account_id`)} as next)
    select account_id, due_at from accounts_of)`
}
