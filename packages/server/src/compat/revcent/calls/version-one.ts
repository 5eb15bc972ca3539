import { FaceRefusal } from '../face-refusal.ts'
import type { Operation, Pair, RawInput } from './operation.ts'

/** What a version 1 body asks for: the operation by its pair, and its input as version 2 would send it. */
export function readFirstVersion(
  operations: readonly Operation[],
  body: unknown,
): { readonly operation: Operation; readonly raw: RawInput } {
  const request = memberOf(body, 'request')
  const [type, method] = ['type', 'method'].map((name) => memberOf(request, name))
  if (
    typeof request !== 'object' ||
    request === null ||
    typeof type !== 'string' ||
    typeof method !== 'string'
  )
    // prettier-ignore
    throw FaceRefusal.invalid('The body must be {"request":{"type":…,"method":…}}.')
  const { type: _type, method: _method, ...input } = request as Readonly<Record<string, unknown>>
  const operation = findOperation(operations, { type, method }, 'id' in input)
  if (operation === undefined)
    throw FaceRefusal.invalid(`There is no method ${method} of ${type} here.`)
  return { operation, raw: toRaw(operation, input) }
}

/** One type and method may read one row, by its id, and list many. */
function findOperation(
  operations: readonly Operation[],
  pair: Pair,
  hasId: boolean,
): Operation | undefined {
  const named = operations.filter(
    (each) => each.pair.type === pair.type && each.pair.method === pair.method,
  )
  return named.find((each) => hasId === each.path.includes(':')) ?? named[0]
}

function toRaw(operation: Operation, input: Readonly<Record<string, unknown>>): RawInput {
  const [, param] = /:([a-z_]+)/.exec(operation.path) ?? []
  if (param === undefined)
    return { params: {}, ...(operation.method === 'GET' ? { query: input, body: {} } : { query: {}, body: input }) } // prettier-ignore
  const { id, ...rest } = input
  const own = { ...rest, [param]: undefined }
  const { [param]: _, ...others } = own
  const params = { [param]: id ?? input[param] }
  return operation.method === 'GET'
    ? { params, query: others, body: {} }
    : { params, query: {}, body: others }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
