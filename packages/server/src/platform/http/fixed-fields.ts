import { ApiRefusal } from './api-refusal.ts'
import { isObject, spellingsOf } from './normalise-input.ts'

/** Which call changes a field that the call in hand does not: `PUT /v2/subscriptions/{id}/payment-methods`. */
export type ChangedBy = Readonly<Record<string, string>>

/**
 * Refuses, with 400 and by its name, a field that a resource takes when it is made and not when it is changed: passed over, the
 * change would be answered as done. `making` is the schema of the body that makes such a resource, asked for at the first request,
 * when every route is known; undefined where nothing is made so.
 */
export function createFixedCheck(schemas: {
  readonly changing: unknown
  readonly making: () => unknown
  readonly changedBy: ChangedBy
}): (body: unknown) => void {
  let fixed: ReadonlyMap<string, string> | null = null
  return (body) => {
    if (!isObject(body)) return
    fixed ??= onlyIn(schemas.making(), schemas.changing)
    for (const given of Object.keys(body)) {
      const name = fixed.get(given)
      if (name !== undefined) throw ApiRefusal.invalid(given, sentenceOn(given, schemas.changedBy[name])) // prettier-ignore
    }
  }
}

/** Every spelling of the fields that the one schema has and the other has not. */
function onlyIn(making: unknown, changing: unknown): ReadonlyMap<string, string> {
  const changed = spellingsOf(changing)
  return new Map([...spellingsOf(making)].filter(([spelling]) => !changed.has(spelling)))
}

function sentenceOn(given: string, call: string | undefined): string {
  return call === undefined
    ? `${given} cannot be changed once this has been made. Make another.`
    : `${given} is not changed here, but by ${call}.`
}
