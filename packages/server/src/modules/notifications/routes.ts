import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import type { ApiModule } from '../../platform/http/index.ts'
import {
  cursorListOf,
  cursorQuery,
  toCursorList,
  toPageRequest,
} from '../../platform/lists/index.ts'
import { mapField, nullable, oneOf, timestamp, wireId } from '../../platform/wire/index.ts'
import { listMails, type MailRow } from './queries.ts'

const MailItem = Type.Object(
  {
    id: wireId('mail', 'Id of the mail.'),
    object: oneOf(['mail'], { description: 'Always "mail".' }),
    to: Type.String({ description: 'Address it goes to.' }),
    template: Type.String({ description: 'What it is about.' }),
    data: mapField('What it is filled with.'),
    state: oneOf(['waiting', 'done', 'kept', 'failed'], {
      description:
        'waiting to be sent, done, kept because no mail server is set up, or failed for good.',
    }),
    attempts: Type.Integer({ description: 'Tries so far.' }),
    last_error: nullable(Type.String({ description: 'What the mail server said last.' })),
    created_at: timestamp("When it was queued, by the account's time."),
  },
  { title: 'Mail', description: 'A mail to a customer.' },
)

/** The outbox: mails that were sent, wait, or are kept because there is no mail server. */
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
    data: row.payload.data,
    state: row.state,
    attempts: row.attempts,
    last_error: row.last_error,
    created_at: formatInstant(row.created_at),
  }
}
