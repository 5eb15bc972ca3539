import { assert } from '@perennial/core/fault'
import type { Static, TSchema } from 'typebox'
import {
  ApiRefusal,
  createValidatorCompiler,
  findUnstorable,
} from '../../../platform/http/index.ts'

const compile = createValidatorCompiler()

/** Reads one part of a request by its schema; throws an `ApiRefusal` that names the field. */
export function validateWith<Schema extends TSchema>(
  schema: Schema,
  part: 'params' | 'querystring' | 'body',
): (value: unknown) => Static<Schema> {
  const validate = compile({ schema, method: 'POST', url: '', httpPart: part })
  return (value) => {
    const problem = findUnstorable(value)
    if (problem !== null) throw ApiRefusal.invalid(problem.param, problem.message)
    // Validating converts in place, and what was sent is logged nowhere else.
    const answer: unknown = validate(structuredClone(value ?? {}))
    assert(typeof answer === 'object' && answer !== null, 'a validator answers with an object')
    if ('error' in answer) throw answer.error
    assert('value' in answer, 'a validator answers with a value')
    return answer.value as Static<Schema>
  }
}
