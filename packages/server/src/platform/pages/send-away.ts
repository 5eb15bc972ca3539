import type { FastifyReply } from 'fastify'
import type { BuiltPage } from './built-page.ts'
import { sendPage } from './send-page.ts'

/** A page that cannot be shown now, for whoever opened it in a browser: they may come again. It needs no database. */
export function sendAway(
  reply: FastifyReply,
  page: BuiltPage | null,
  { status }: { readonly status: number },
): FastifyReply {
  const data = { kind: 'link_over', reason: 'away' }
  return sendPage(reply, page, { status, title: 'One moment', data, imageUrl: null })
}
