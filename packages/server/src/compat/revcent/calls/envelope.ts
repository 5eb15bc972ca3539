import type { Uuid } from '@perennial/core/ids'
import { toUnixSeconds, type Instant } from '@perennial/core/time'
import type { FaceRefusal } from '../face-refusal.ts'
import { toCode } from '../wire/codes.ts'
import type { Json, Told } from './operation.ts'

/** Of one call, made or refused: `at` is real time, also in a sandbox. */
export type CallStamp = { readonly id: Uuid; readonly at: Instant }

/** The first members of every answer. */
function stampOf({ id, at }: CallStamp, code: 0 | 1): Json {
  return { api_call_id: toCode(id), api_call_unix: toUnixSeconds(at), code }
}

export function toEnvelope(stamp: CallStamp, told: Told): Json {
  const head = stampOf(stamp, 1)
  switch (told.kind) {
    case 'action':
      return {
        ...head,
        ...told.fields,
        ...(told.result === undefined ? {} : { result: told.result }),
      }
    case 'object':
      return { ...head, [told.idName]: told.object['id'], ...told.object }
    case 'list': {
      const { page, limit, hasMore } = told.page
      return {
        ...head,
        page,
        limit,
        count: told.rows.length,
        has_more: hasMore,
        results: told.rows,
      }
    }
  }
}

/** The same as version 1 writes it: rows are under `results`, also a single one. */
export function toFirstEnvelope(stamp: CallStamp, told: Told): Json {
  if (told.kind !== 'object') return toEnvelope(stamp, told)
  return { ...stampOf(stamp, 1), [told.idName]: told.object['id'], results: [told.object] }
}

export function toErrorEnvelope(
  stamp: CallStamp,
  refusal: Pick<FaceRefusal, 'errorCode' | 'message'>,
): Json {
  const { errorCode, message } = refusal
  return {
    ...stampOf(stamp, 0),
    error_code: errorCode,
    message,
    result: RESULTS[errorCode] ?? message,
  }
}

const RESULTS: Readonly<Record<string, string>> = {
  invalid_request: 'The request is not valid; nothing was changed.',
  unauthenticated: 'The API key is not accepted.',
  declined: 'The payment was declined.',
  forbidden: 'The API key does not permit this.',
  not_found: 'Nothing was found.',
  wrong_state: 'This cannot be done in the present state; nothing was changed.',
  throttled: 'Too many calls.',
}
