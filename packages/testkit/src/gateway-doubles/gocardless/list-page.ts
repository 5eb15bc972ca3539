import type { DoubleAnswer } from '../json-server.ts'

const LIMIT = 50

/** Latest first; `after` names the last one of the page before. */
export function listPage<Item extends { readonly id: string; readonly createdAt: string }>(
  name: string,
  items: readonly Item[],
  { query, toBody }: { readonly query: URLSearchParams; readonly toBody: (item: Item) => unknown },
): DoubleAnswer {
  const from = query.get('created_at[gte]')
  const until = query.get('created_at[lt]')
  const limit = Number(query.get('limit') ?? LIMIT)
  const after = query.get('after')
  const found = items
    .filter(({ createdAt }) => from === null || Date.parse(createdAt) >= Date.parse(from))
    .filter(({ createdAt }) => until === null || Date.parse(createdAt) < Date.parse(until))
    .toReversed()
  const start = after === null ? 0 : found.findIndex(({ id }) => id === after) + 1
  const page = found.slice(start, start + limit)
  const hasMore = start + limit < found.length
  const cursors = { before: null, after: hasMore ? (page.at(-1)?.id ?? null) : null }
  return { status: 200, body: { [name]: page.map(toBody), meta: { cursors, limit } } }
}
