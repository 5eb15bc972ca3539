import type { TLocalizedValidationError } from 'typebox/error'
import { System } from 'typebox/system'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import { type PathSegment, type Problem, renderPath } from './problem.ts'

/** More than any person will read; without it the library stops at eight. */
const PROBLEMS_MAX = 1000

/**
 * Every place where `value` differs in shape from `schema`; `at` is where the value stands in the
 * file.
 */
export function shapeProblems(
  schema: TSchema,
  value: unknown,
  at: readonly PathSegment[] = [],
): Problem[] {
  const errors = errorsOf(schema, value)
  const touched = errors.map((error) => error.instancePath)
  const problems = errors.flatMap((error) => {
    const path = [...at, ...segmentsOf(error.instancePath)]
    switch (error.keyword) {
      case 'additionalProperties':
        return [] // each unknown field is also reported by itself, as a `boolean`
      case 'boolean':
        return [{ path: renderPath(path), message: 'is not a known field' }]
      case 'required':
        return error.params.requiredProperties.map((name) => ({
          path: renderPath([...path, name]),
          message: 'is missing',
        }))
      case 'anyOf':
        return []
      case 'type':
        // A field that may be null: when something deeper is wrong, it was not meant to be null.
        if (error.params.type === 'null' && isPartOfUnion(touched, error.instancePath)) return []
        return [{ path: renderPath(path), message: error.message }]
      case 'const':
        return [{ path: renderPath(path), message: choicesOf(errors, error.instancePath) }]
      default:
        return [{ path: renderPath(path), message: error.message }]
    }
  })
  const seen = new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem]))
  return [...seen.values()]
}

/** A field that may be one of several words has an error for each of them. */
function choicesOf(errors: readonly TLocalizedValidationError[], path: string): string {
  const words = errors.flatMap((error) =>
    error.keyword === 'const' && error.instancePath === path ? [error.params.allowedValue] : [],
  )
  return `must be ${words.join(' or ')}`
}

function isPartOfUnion(touched: readonly string[], path: string): boolean {
  return touched.filter((other) => other === path || other.startsWith(`${path}/`)).length > 2
}

function errorsOf(schema: TSchema, value: unknown) {
  const before = System.Settings.Get().maxErrors
  System.Settings.Set({ maxErrors: PROBLEMS_MAX })
  try {
    return Value.Errors(schema, value)
  } finally {
    System.Settings.Set({ maxErrors: before })
  }
}

function segmentsOf(pointer: string): PathSegment[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment))
}
