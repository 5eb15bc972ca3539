import { object, refName, schemaIn, type Json } from './document-parts.ts'

/** What the generator says of an answer whose schema says nothing. */
const NOTHING_SAID = 'Default Response'

/** The paths of a document, with a sentence for every answer that has none: from its method, its status and what it carries. */
export function withAnswersDescribed(paths: Json): Json {
  return mapValues(paths, (methods) =>
    mapValues(methods, (operation, method) => ({
      ...operation,
      responses: mapValues(object(operation['responses']), (response, status) =>
        response['description'] === NOTHING_SAID
          ? {
              ...response,
              description: describeAnswer(schemaIn(response) ?? {}, { method, status }),
            }
          : response,
      ),
    })),
  )
}

/** "The customer." of a `Customer`, "The new customer." where it was just made, or what its data says of itself. */
function describeAnswer(
  body: Json,
  { method, status }: { readonly method: string; readonly status: string },
): string {
  const { data: carried, success } = object(body['properties'])
  const data = object(carried)
  const name = nameOf(body) ?? nameOf(data)
  if (name !== null) return `The ${status === '201' ? 'new ' : ''}${name}.`
  if (typeof data['description'] === 'string') return data['description']
  if (success !== undefined) return 'It is done.'
  if (method === 'delete') return 'It is gone.'
  return method === 'get' ? 'What was asked for.' : 'What came of it.'
}

/** `#/components/schemas/ApiKey` → "API key". */
function nameOf(schema: Json): string | null {
  const title = refName(schema)
  if (title === null) return null
  const words = title.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  return words.replaceAll(/\b(api|bin)\b/g, (word) => word.toUpperCase())
}

function mapValues(of: Json, map: (value: Json, key: string) => Json): Json {
  return Object.fromEntries(
    Object.entries(of).map(([key, value]) => [key, map(object(value), key)]),
  )
}
