import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../platform/lists/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { MailTexts } from './mails/mail-texts.ts'

export type QueuedMail = {
  readonly account_id: Uuid
  readonly id: Uuid
  readonly payload: {
    readonly to: string
    readonly template: string
    readonly data: JsonObject
    readonly is_test?: true
  }
  /** This one counted. */
  readonly attempts: number
  readonly environment: 'live' | 'sandbox'
  readonly merchant: string
  readonly timezone: string
  readonly settings: unknown
}

/** As the index has it. */
const DUE_AT = sql`case when attempts = 0 then '-infinity' else next_attempt_at end`

/**
 * Mails that wait and may be tried, a share of each account that has some: its new ones first, the oldest before the
 * others, then those that were refused, by when they may be tried again. A claim counts as a try and holds until `leaseUntil`, so that two workers never
 * send the same mail at the same moment and a worker that dies is followed by another. Waiting is real time.
 */
export async function claimMails(
  tx: Tx,
  given: { readonly realNow: Instant; readonly leaseUntil: Instant; readonly limit: number },
): Promise<QueuedMail[]> {
  const { rows } = await sql<QueuedMail>`
    with recursive waiting as (
      (select account_id from outbox where state = 'waiting' order by account_id limit 1)
      union all
      select (select o.account_id from outbox o
               where o.state = 'waiting' and o.account_id > w.account_id order by o.account_id limit 1)
        from waiting w
       where w.account_id is not null
    ), ready as materialized (
      select w.account_id from waiting w
       where exists (select from outbox o
                      where o.account_id = w.account_id and o.state = 'waiting' and ${DUE_AT} <= ${given.realNow})
    ), chosen as materialized (
      select next.account_id, next.id
        from ready
       cross join lateral (
         select o.account_id, o.id from outbox o
          where o.account_id = ready.account_id and o.state = 'waiting' and ${DUE_AT} <= ${given.realNow}
          order by ${DUE_AT}, o.id
          limit (select ceil(${given.limit}::numeric / greatest(count(*), 1)) from ready)) as next
       order by next.id
       limit ${given.limit}
    ), due as materialized (
      select account_id, id from outbox
       where (account_id, id) in (select account_id, id from chosen)
         and state = 'waiting' and ${DUE_AT} <= ${given.realNow}
         for update skip locked)
    update outbox o
       set attempts = o.attempts + 1, next_attempt_at = ${given.leaseUntil}
      from due join accounts a on a.id = due.account_id
     where o.account_id = due.account_id and o.id = due.id
    returning o.account_id, o.id, o.payload, o.attempts, a.environment, a.name as merchant, a.timezone, a.settings`.execute(
    tx,
  )
  return rows
}

export type WrittenMail = MailTexts & { readonly accountId: Uuid; readonly name: string }

/** What merchants have written for these mails, in every language. */
export async function listWritten(
  tx: Tx,
  mails: readonly { readonly accountId: Uuid; readonly name: string }[],
): Promise<WrittenMail[]> {
  const { rows } = await sql<TemplateRow & { readonly account_id: Uuid }>`
    select t.account_id, t.name, t.language, t.subject, t.body_text, t.body_html
      from mail_templates t
      join (select distinct * from unnest(${mails.map(({ accountId }) => accountId)}::uuid[],
                                          ${mails.map(({ name }) => name)}::text[])) as m(account_id, name)
        on m.account_id = t.account_id and m.name = t.name`.execute(tx)
  return rows.map((row) => ({ accountId: row.account_id, name: row.name, ...toTexts(row) }))
}

export type TemplateRow = {
  readonly name: string
  readonly language: string
  readonly subject: string
  readonly body_text: string
  readonly body_html: string
}

export function toTexts(row: TemplateRow): MailTexts {
  return {
    language: row.language,
    subject: row.subject,
    bodyText: row.body_text,
    bodyHtml: row.body_html,
  }
}

export type StoredTemplate = TemplateRow & { readonly updated_at: Instant }

/** What one merchant has written: of one mail, or of all. Few: ten mails in as many languages as are spoken. */
export async function listTemplates(
  tx: Tx,
  accountId: Uuid,
  name: string | null,
): Promise<StoredTemplate[]> {
  const { rows } = await sql<StoredTemplate>`
    select name, language, subject, body_text, body_html, updated_at
      from mail_templates
     where account_id = ${accountId} and (${name}::text is null or name = ${name})
     order by name, language
     limit ${TEMPLATES_MAX}`.execute(tx)
  return rows
}

/** Of one account; more languages than that nobody writes in. */
export const TEMPLATES_MAX = 500

export async function saveTemplate(
  tx: Tx,
  row: StoredTemplate & { readonly accountId: Uuid; readonly id: Uuid },
): Promise<void> {
  await sql`
    insert into mail_templates (account_id, id, name, language, subject, body_text, body_html, created_at, updated_at)
    values (${row.accountId}, ${row.id}, ${row.name}, ${row.language}, ${row.subject}, ${row.body_text}, ${row.body_html},
            ${row.updated_at}, ${row.updated_at})
    on conflict on constraint mail_templates_one_per_language
      do update set subject = excluded.subject, body_text = excluded.body_text, body_html = excluded.body_html,
                    updated_at = excluded.updated_at, version = mail_templates.version + 1`.execute(
    tx,
  )
}

export async function deleteTemplate(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly name: string; readonly language: string },
): Promise<void> {
  await sql`
    delete from mail_templates
     where account_id = ${key.accountId} and name = ${key.name} and language = ${key.language}`.execute(
    tx,
  )
}

export async function findMail(tx: Tx, accountId: Uuid, id: Uuid): Promise<MailRow | null> {
  const { rows } = await sql<MailRow>`
    select id, payload, state, attempts, last_error, created_at
      from outbox where account_id = ${accountId} and id = ${id} and kind = 'mail'`.execute(tx)
  return rows[0] ?? null
}

export type MailResult = {
  readonly state: 'waiting' | 'done' | 'kept' | 'failed'
  readonly error: string | null
  readonly nextAttemptAt: Instant | null
}

/** Of the claim that made this try alone: a later one has its own end to tell. A mail that is kept was not tried. */
export async function recordMailResult(
  tx: Tx,
  { account_id: accountId, id, attempts }: QueuedMail,
  result: MailResult & { readonly realNow: Instant },
): Promise<void> {
  const { state } = result
  await sql`
    update outbox
       set state = ${state}, attempts = ${state === 'kept' ? attempts - 1 : attempts}, last_error = ${result.error},
           next_attempt_at = ${result.nextAttemptAt},
           done_at = ${state === 'done' || state === 'kept' ? result.realNow : null}
     where account_id = ${accountId} and id = ${id} and state = 'waiting' and attempts = ${attempts}`.execute(
    tx,
  )
}

export type MailRow = {
  readonly id: Uuid
  readonly payload: { readonly to: string; readonly template: string; readonly data: JsonObject }
  readonly state: 'waiting' | 'done' | 'kept' | 'failed'
  readonly attempts: number
  readonly last_error: string | null
  readonly created_at: Instant
}

export async function listMails(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<MailRow>, 'rows' | 'hasMore'>> {
  const select = 'id, payload, state, attempts, last_error, created_at'
  return readRows<MailRow>(tx, {
    select,
    table: 'outbox',
    accountId,
    filters: [sql`kind = 'mail'`],
    page,
  })
}
