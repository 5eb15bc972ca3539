import { MAP_KEYS_MAX } from '@perennial/core/maps'
import type { CatalogueEntry, NotFoundEntry } from './api-refusal.ts'

/** What is wrong lies in a field of the request, which `param` names. */
export function invalid(message: string, param?: string): CatalogueEntry {
  return refusedWith(400, 'validation_error', { message, param })
}

/** The request is well formed, but what it names does not allow this as it stands. */
export function illegal(message: string, param?: string): CatalogueEntry {
  return refusedWith(400, 'invalid_request', { message, param })
}

/** 404, for what does not exist and for what belongs to another account alike. */
export function unknown(what: string, param?: string): NotFoundEntry {
  return refusedWith(404, 'resource_not_found', { message: `No such ${what}.`, param })
}

/** Something else that happened, or is happening, is in the way. */
export function conflict(message: string, param?: string): CatalogueEntry {
  return refusedWith(409, 'conflict', { message, param })
}

/** The request is understood, but cannot be done here. */
export function impossible(message: string, param?: string): CatalogueEntry {
  return refusedWith(422, 'unprocessable_entity', { message, param })
}

export const MAP_TOO_LARGE = invalid(
  `With these keys the map would have more than ${MAP_KEYS_MAX}. Remove some by setting them to null.`,
  'metadata',
)

function refusedWith<Status extends number, Code extends string>(
  status: Status,
  code: Code,
  told: { readonly message: string; readonly param: string | undefined },
): CatalogueEntry & { readonly status: Status; readonly code: Code } {
  const { message, param } = told
  const about = param === undefined ? {} : { param }
  return { status, type: 'invalid_request_error', code, message, ...about }
}
