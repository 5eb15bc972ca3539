import type { Json, Told } from '../calls/operation.ts'

/** A page of a list whose ids were read one past its end. */
export function toPage(of: {
  readonly query: { readonly page: number; readonly limit: number }
  readonly ids: readonly unknown[]
  readonly rows: readonly Json[]
}): Told {
  const { page, limit } = of.query
  return { kind: 'list', rows: of.rows, page: { page, limit, hasMore: of.ids.length > limit } }
}
