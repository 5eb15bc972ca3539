export type SentStatement = { readonly text: string; readonly values: readonly unknown[] }

/** The statements of one query as `pg` is handed it: several where they travel together. */
export function sentStatements(query: unknown): readonly SentStatement[] {
  if (typeof query !== 'object' || query === null) return [{ text: String(query), values: [] }]
  const several: unknown = Reflect.get(query, 'statements')
  if (Array.isArray(several)) return several.flatMap(sentStatements)
  const values: unknown = Reflect.get(query, 'values')
  return [{ text: String(Reflect.get(query, 'text')), values: Array.isArray(values) ? values : [] }]
}
