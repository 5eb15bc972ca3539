import type { FastifyReply } from 'fastify'
import type { BuiltPage } from './built-page.ts'

export type PageContents = {
  readonly status: number
  readonly title: string
  /** What the page shows; it becomes part of the markup, so that nothing has to be asked for. */
  readonly data: object
  /** The one outside address that the page may load a picture from. */
  readonly imageUrl: string | null
  /** The one address outside that a form on the page may be sent to, which may send on from there; absent = none. */
  readonly formUrl?: string
}

const NOT_BUILT = 'This page was not built: run npm start in the checkout once.'

/** A page of ours, for whoever has its link: kept by nobody, framed by nobody, and open to no address but our own. */
export function sendPage(
  reply: FastifyReply,
  page: BuiltPage | null,
  contents: PageContents,
): FastifyReply {
  if (page === null) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
  const filled = { TITLE: escapeHtml(contents.title), DATA: jsonInHtml(contents.data) }
  return reply
    .code(contents.status)
    .headers({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'content-security-policy': policyFor(contents),
    })
    .type('text/html; charset=utf-8')
    .send(page.template.replace(/%(TITLE|DATA)%/g, (_, name: keyof typeof filled) => filled[name]))
}

function policyFor({ imageUrl, formUrl }: PageContents): string {
  const image = imageUrl !== null && URL.canParse(imageUrl) ? ` ${new URL(imageUrl).origin}` : ''
  // A browser asks this of every address that a sent form is sent on to.
  const form = formUrl === undefined ? "'none'" : `${new URL(formUrl).origin} https:`
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    `img-src data:${image}`,
    "base-uri 'none'",
    `form-action ${form}`,
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Markup can end a script element anywhere in it, a text included. */
function jsonInHtml(data: object): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
