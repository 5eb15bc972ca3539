import { ApiRefusal } from './api-refusal.ts'
import { spellingsOf } from './normalise-input.ts'

const NAME = /^[a-z_][\w.[\]-]{0,59}$/i

/**
 * Refuses a query parameter that a route does not have, by its name, with 400: a misspelt filter would be no filter at all,
 * and the answer would be everything. Unknown fields of bodies are passed over instead (revkeen 3.5).
 */
export function createQueryCheck(schema: unknown): (query: unknown) => void {
  const spellings = spellingsOf(schema)
  const names = [...new Set(spellings.values())]
  return (query) => {
    const given = Object.keys(query ?? {}).find((name) => !spellings.has(name))
    if (given === undefined) return
    // Anything may stand where a name should, a card number too.
    const name = NAME.test(given) ? given : 'query'
    throw ApiRefusal.invalid(name, sentenceOn(name, names))
  }
}

function sentenceOn(given: string, names: readonly string[]): string {
  if (names.length === 0) return `${given} is not known here: this call has no query parameters.`
  const near = names.filter((name) => isNear(bare(name), bare(given)))
  const hint = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
  return `${given} is not known here.${hint} Known are ${names.join(', ')}.`
}

/** `customer` is near to `customer_id`, and `created[gte]` to `created_gte`. */
function isNear(name: string, given: string): boolean {
  return given !== '' && (name.includes(given) || given.includes(name))
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
