/**
 * A broken promise of ours: never an expected "no" (a refusal) and never the outside failing (an
 * outage).
 */
export class Fault extends Error {
  override readonly name = 'Fault'
}

/** `believed` says what was taken to be true, in words that help whoever is paged. */
export function assert(condition: unknown, believed: string): asserts condition {
  if (!condition) throw new Fault(believed)
}

/** Closes a union: reaching it means that a case was added and a switch was not. */
export function assertNever(value: never): never {
  throw new Fault(`no case for ${describe(value)}`)
}

/** What somebody has thrown, in its own words. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'kind' in value)
    return `kind ${String(value.kind)}`
  return String(value)
}
