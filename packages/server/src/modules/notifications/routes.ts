import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import { ApiRefusal, type ApiModule } from '../../platform/http/index.ts'
import {
  cursorListOf,
  cursorQuery,
  toCursorList,
  toPageRequest,
} from '../../platform/lists/index.ts'
import {
  idField,
  mapField,
  nullable,
  oneOf,
  timestamp,
  wireId,
  type JsonObject,
} from '../../platform/wire/index.ts'
import { findMail, listMails, listTemplates, toTexts, type MailRow } from './queries.ts'
import { renderMail } from './render-mail.ts'

const mailFields = {
  id: wireId('mail', 'Id of the mail.'),
  object: oneOf(['mail'], { description: 'Always "mail".' }),
  to: Type.String({ description: 'Address it goes to.' }),
  template: Type.String({ description: 'What it is about.' }),
  data: mapField('What it is filled with.'),
  state: oneOf(['waiting', 'done', 'kept', 'failed'], {
    description:
      'waiting to be sent, done, kept because no mail server is set up or the account is a sandbox, or failed for good.',
  }),
  attempts: Type.Integer({ description: 'Tries so far.' }),
  last_error: nullable(Type.String({ description: 'What the mail server said last.' })),
  created_at: timestamp("When it was queued, by the account's time."),
}

const MailItem = Type.Object(mailFields, { title: 'Mail', description: 'A mail to a customer.' })

const MailContent = Type.Object(
  {
    ...mailFields,
    subject: Type.String({ description: 'Subject.' }),
    text: Type.String({ description: 'Plain text.' }),
    html: Type.String({ description: 'HTML.' }),
  },
  { title: 'MailContent', description: 'A mail to a customer, as it is read.' },
)

/** Only the customer is to open the card page of a live account. */
function withoutLink(data: JsonObject): JsonObject {
  const { card_link_token: token, ...rest } = data
  return token === undefined || token === null ? rest : { ...rest, card_link_token: 'sent' }
}

/** Reading one mail as its reader gets it. */
export const mailContentRoutes =
  (deps: { readonly cardUrl: (token: string) => string }): ApiModule =>
  (app) => {
    app.get(
      '/mails/:id',
      {
        config: { scope: 'comms:read' },
        schema: {
          tags: ['Mails'],
          summary: 'Read a mail to a customer',
          description: 'In the words it would be sent with now. A live account sees no card link.',
          params: Type.Object({ id: idField('mail', 'Id of the mail.') }),
          response: { 200: Type.Object({ data: MailContent }) },
        },
      },
      async ({ context, params: { id } }) => {
        const { accountId, account, environment } = context
        const { row, stored } = await context.inTx(async (tx) => {
          const found = await findMail(tx, accountId, id)
          const name = found?.payload.template ?? null
          return {
            row: found,
            stored: name === null ? [] : await listTemplates(tx, accountId, name),
          }
        })
        if (row === null) throw ApiRefusal.notFound('mail')
        const { template, data } = row.payload
        const shown = environment === 'live' ? withoutLink(data) : data
        const { brand, mail } = account.settings
        const { name, timezone } = account
        const written = stored.map(toTexts)
        const source = { name, brand, mail, timezone, cardUrl: deps.cardUrl, written }
        const rendered = renderMail({ template, data: shown }, source)
        return { data: { ...toWireMail(row), ...rendered } }
      },
    )
  }

/** The outbox: mails that were sent, wait, or are kept because there is no mail server or the account is a sandbox. */
export const mailsRoutes: ApiModule = (app) => {
  app.get(
    '/mails',
    {
      config: { scope: 'comms:read' },
      schema: {
        tags: ['Mails'],
        summary: 'List mails to customers',
        querystring: Type.Object(cursorQuery('mail')),
        response: { 200: cursorListOf(MailItem, 'Mails, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = await context.inTx((tx) =>
        listMails(tx, context.accountId, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/mails', toItem: toWireMail })
    },
  )
}

function toWireMail(row: MailRow) {
  return {
    id: encodeId('mail', row.id),
    object: 'mail' as const,
    to: row.payload.to,
    template: row.payload.template,
    data: withoutLink(row.payload.data),
    state: row.state,
    attempts: row.attempts,
    last_error: row.last_error,
    created_at: formatInstant(row.created_at),
  }
}
