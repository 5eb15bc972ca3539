import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { ErrorEnvelope } from './error-envelope.ts'
import { DECODE } from '../wire/index.ts'

type Json = Readonly<Record<string, unknown>>

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
      ...route.schema,
      response: { ...response, '4xx': ErrorEnvelope, '5xx': ErrorEnvelope },
    }
  })
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(toOpenApi(app))),
  )
}

/** The document with every titled schema named once under `components` and referred to elsewhere. */
export function toOpenApi(app: FastifyInstance): object {
  const document = app.swagger() as unknown as Json
  const schemas: Record<string, unknown> = {}
  const paths = hoist(document['paths'], schemas)
  const components = document['components'] as Json
  return { ...document, paths, components: { ...components, schemas: sorted(schemas) } }
}

function hoist(node: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((item) => hoist(item, schemas))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([key]) => key !== DECODE)
  const copy = Object.fromEntries(entries.map(([key, value]) => [key, hoist(value, schemas)]))
  const { title } = copy
  if (typeof title !== 'string' || copy['type'] !== 'object') return copy
  schemas[title] = copy
  return { $ref: `#/components/schemas/${title}` }
}

function sorted(record: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
