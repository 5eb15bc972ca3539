import type { CommandContext } from '../../../platform/command/index.ts'
import { createValidatorCompiler } from '../../../platform/http/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { EditFilters, EditRequest } from './edit-request.ts'
import { readRequest } from './read-request.ts'
import { PreviewBody, type Preview } from './schemas.ts'

/** What an operator asks for in a file, which is the body of the API's call. Throws an `ApiRefusal` that names the field. */
export function readEditJson(context: CommandContext, json: unknown): EditRequest {
  const validate = createValidatorCompiler()({
    schema: PreviewBody,
    httpPart: 'body',
    method: 'POST',
    url: '/v2/subscription-edits',
  })
  const result = validate(json)
  if (typeof result === 'object' && 'error' in result && result.error instanceof Error)
    throw result.error
  return readRequest(context, json as Preview) // the validator has said so, and has decoded it in place
}

/** The filters of an edit that is there, which were read before. */
export function readStoredFilters(context: CommandContext, filters: JsonObject): EditFilters {
  return readEditJson(context, { filters }).filters
}
