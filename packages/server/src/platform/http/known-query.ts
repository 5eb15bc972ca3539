import { ApiRefusal } from './api-refusal.ts'
import { hintOf, isNear, tellable } from './near-names.ts'
import { spellingsOf } from './normalise-input.ts'

/**
 * Refuses a query parameter that a route does not have, by its name, with 400: a misspelt filter would be no filter at all,
 * and the answer would be everything. Of bodies `createNormaliser` refuses what is near to a name alone.
 */
export function createQueryCheck(schema: unknown): (query: unknown) => void {
  const spellings = spellingsOf(schema)
  const names = [...new Set(spellings.values())]
  return (query) => {
    const given = Object.keys(query ?? {}).find((name) => !spellings.has(name))
    if (given === undefined) return
    const name = tellable(given, 'query')
    throw ApiRefusal.invalid(name, sentenceOn(name, names))
  }
}

function sentenceOn(given: string, names: readonly string[]): string {
  if (names.length === 0) return `${given} is not known here: this call has no query parameters.`
  const near = names.filter((name) => isNear(name, given))
  return `${given} is not known here.${hintOf(near)} Known are ${names.join(', ')}.`
}
