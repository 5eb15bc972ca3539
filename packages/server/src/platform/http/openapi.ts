import { hash } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { withAnswersDescribed } from './describe-answers.ts'
import type { Json } from './document-parts.ts'
import { ErrorEnvelope } from './error-envelope.ts'
import { STYLE, toReferencePage } from './reference-page.ts'
import { DECODE } from '../wire/index.ts'

// The one thing that the page may run is its own style sheet.
const STYLE_HASH = `sha256-${hash('sha256', STYLE, 'base64')}`

/** Collects every route's schemas into one OpenAPI 3.1 document, served at /openapi.json. Comes before the routes. */
export async function addOpenApi(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Perennial API',
        version: '2026-05-01',
        description:
          'Products, customers, subscriptions and payments. Amounts are integers of minor units (cents); times are UTC.',
      },
      servers: [{ url: publicUrl, description: 'This service' }],
      components: {
        securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
      },
      security: [{ apiKey: [] }],
    },
  })
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/v2/') || route.schema === undefined) return
    const response = typeof route.schema.response === 'object' ? route.schema.response : {}
    route.schema = {
      operationId: operationIdOf(String(route.method), route.url),
      ...route.schema,
      response: { ...response, '4xx': ErrorEnvelope, '5xx': ErrorEnvelope },
    }
  })
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(toOpenApi(app))),
  )
  // Whoever opens the address that the service prints is looking for a way in.
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs', 302))
  app.get('/docs', { schema: { hide: true } }, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        `default-src 'none'; style-src '${STYLE_HASH}'; frame-ancestors 'none'`,
      )
      .send(toReferencePage(toOpenApi(app))),
  )
}

/** `GET /v2/customers/:id` → `getCustomersById`. */
function operationIdOf(method: string, url: string): string {
  const words = url
    .replace(/^\/v2/, '')
    .replaceAll('/:', '/by-')
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== '')
  const capitalised = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return method.toLowerCase() + capitalised.join('')
}

/** The document with every titled schema named once under `components` and referred to elsewhere. */
export function toOpenApi(app: FastifyInstance): Json {
  const document = app.swagger() as unknown as Json
  const schemas: Record<string, unknown> = {}
  const paths = withAnswersDescribed(hoist(document['paths'], schemas) as Json)
  const components = document['components'] as Json
  return { ...document, paths, components: { ...components, schemas: sorted(schemas) } }
}

function hoist(node: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((item) => hoist(item, schemas))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([key]) => key !== DECODE)
  const copy = withoutDefaulted(
    Object.fromEntries(entries.map(([key, value]) => [key, hoist(value, schemas)])),
  )
  const { title } = copy
  if (typeof title !== 'string' || copy['type'] !== 'object') return copy
  schemas[title] = copy
  return { $ref: `#/components/schemas/${title}` }
}

/** A parameter or field that has a default may be left out, so it is not `required` of a caller. */
function withoutDefaulted(node: Json): Json {
  const { required, properties, schema } = node
  if (required === true) return { ...node, required: !hasDefault(schema) }
  if (!Array.isArray(required) || typeof properties !== 'object') return node
  const fields = Object(properties) as Json
  return { ...node, required: required.filter((name) => !hasDefault(fields[String(name)])) }
}

function hasDefault(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'default' in schema
}

function sorted(record: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
