// What a gateway sent is believed field by field: a field of another type than documented counts as absent.

export type JsonRecord = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of a field; undefined where anything on the way to it is no object. */
function readField(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), value)
}

export function readRecord(value: unknown, ...path: readonly string[]): JsonRecord | null {
  const found = readField(value, path)
  return isRecord(found) ? found : null
}

/** Null for anything but a text of at least one character. */
export function readText(value: unknown, ...path: readonly string[]): string | null {
  const found = readField(value, path)
  return typeof found === 'string' && found !== '' ? found : null
}

export function readNumber(value: unknown, ...path: readonly string[]): number | null {
  const found = readField(value, path)
  return typeof found === 'number' ? found : null
}

/** What is written as a number in some answers and as a text in others: amounts, codes and ids. */
export function readWritten(value: unknown, ...path: readonly string[]): string | null {
  const number = readNumber(value, ...path)
  return number === null ? readText(value, ...path) : String(number)
}

export function readBoolean(value: unknown, ...path: readonly string[]): boolean | null {
  const found = readField(value, path)
  return typeof found === 'boolean' ? found : null
}

export function readList(value: unknown, ...path: readonly string[]): readonly unknown[] | null {
  const found = readField(value, path)
  return Array.isArray(found) ? found : null
}

/** What a text, or its bytes, holds as JSON; undefined when it is none. */
export function parseJson(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
