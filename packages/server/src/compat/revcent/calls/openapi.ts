import type { TObject } from 'typebox'
import type { Json, Operation } from './operation.ts'

/** The OpenAPI document of this face, made of the schemas that let its requests through. */
export function toFaceOpenApi(operations: readonly Operation[], publicUrl: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:([a-z_]+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: toItem(operation) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'RevCent-compatible API', version: '2' },
    servers: [{ url: `${publicUrl}/revcent/v2` }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
      schemas: { Success, Refusal },
    },
  }
}

function toItem({ name, summary, method, schemas }: Operation): Json {
  const ref = (schema: string) => ({
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  })
  return {
    operationId: name,
    summary,
    parameters: [...toParameters(schemas.params, 'path'), ...toParameters(schemas.query, 'query')],
    ...(method === 'GET'
      ? {}
      : { requestBody: { content: { 'application/json': { schema: schemas.body } } } }),
    responses: {
      200: { description: 'It was done.', ...ref('Success') },
      '4XX': { description: 'It was refused; nothing was changed.', ...ref('Refusal') },
    },
  }
}

function toParameters(schema: TObject, place: 'path' | 'query'): readonly Json[] {
  const required = new Set<string>(schema.required ?? [])
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: property,
  }))
}

const head = {
  api_call_id: { type: 'string', minLength: 20, maxLength: 20, description: 'Id of this call.' },
  api_call_unix: { type: 'integer', description: 'When it was made, in unix seconds.' },
}

const Success = {
  type: 'object',
  properties: { ...head, code: { const: 1 }, result: { type: 'string', description: 'Of an action: what was done.' } }, // prettier-ignore
  required: ['api_call_id', 'api_call_unix', 'code'],
}

const Refusal = {
  type: 'object',
  properties: {
    ...head,
    code: { const: 0 },
    error_code: { type: 'string', description: 'What went wrong, for programs.' },
    message: { type: 'string', description: 'What went wrong, for people.' },
    result: { type: 'string', description: 'What it means for the call.' },
  },
  required: ['api_call_id', 'api_call_unix', 'code', 'error_code', 'message', 'result'],
}
