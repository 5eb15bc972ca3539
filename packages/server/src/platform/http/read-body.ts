import type { FastifyInstance } from 'fastify'

/** JSON only. An empty body is an empty object: several operations take none. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json\b/,
    { parseAs: 'string' },
    (request, body, done) => {
      const text = String(body)
      request.bodyText = text
      if (text.trim() === '') done(null, {})
      else void parse(request, text, done)
    },
  )
}
