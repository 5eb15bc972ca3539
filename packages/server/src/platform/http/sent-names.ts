import type { Problem } from './api-refusal.ts'
import { isObject } from './normalise-input.ts'
import { toSnakeCase } from './spellings.ts'

/**
 * The same problem with fields named as the caller spelled them, in snake_case or camelCase. `sent` are the body and the query
 * as they came; a field that is in neither keeps the schema's name.
 */
export function inWordsOf(sent: readonly unknown[], problem: Problem): Problem {
  const { param, message, details } = problem
  if (param === undefined) return problem
  const named = sentName(sent, param)
  const fields = details?.['fields']
  return {
    ...problem,
    param: named,
    message: reworded(message, param, named),
    ...(isObject(fields) ? { details: { ...details, fields: renamed(fields, sent) } } : {}),
  }
}

function renamed(fields: Readonly<Record<string, unknown>>, sent: readonly unknown[]): object {
  const pairs = Object.entries(fields).map(([name, sentences]) => [sentName(sent, name), sentences])
  return Object.fromEntries(pairs)
}

/** Sentences on a field begin with its name. */
function reworded(message: string, param: string, named: string): string {
  return message.startsWith(`${param} `) ? `${named}${message.slice(param.length)}` : message
}

/** `tiers[1].upTo` where `tiers[1].up_to` stands in the schema and the caller wrote `upTo`. */
function sentName(sent: readonly unknown[], path: string): string {
  return sent.map((part) => spelled(part, path)).find((name) => name !== path) ?? path
}

function spelled(sent: unknown, path: string): string {
  let place = sent
  return path.replace(/[^.[\]]+/g, (step) => {
    if (typeof place !== 'object' || place === null) return step
    const key = keyFor(place, step)
    place = Reflect.get(place, key)
    return key
  })
}

function keyFor(place: object, step: string): string {
  if (Object.hasOwn(place, step)) return step
  const wanted = toSnakeCase(step)
  return Object.keys(place).find((key) => toSnakeCase(key) === wanted) ?? step
}
