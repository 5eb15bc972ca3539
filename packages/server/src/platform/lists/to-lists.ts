import type { Page, PageRequest } from './page.ts'

/** A page of wire objects in each list shape; the schemas of the same names are in `schemas.ts`. */
type Listed<Row, Item> = {
  readonly page: Page<Row>
  readonly request: PageRequest
  readonly toItem: (row: Row) => Item
}

function capped(page: Page<unknown>): { total_capped?: true } {
  return page.isTotalCapped ? { total_capped: true } : {}
}

export function toOffsetList<Row, Item>({ page, request, toItem }: Listed<Row, Item>) {
  const { limit, offset } = request
  return {
    data: page.rows.map(toItem),
    pagination: { limit, offset, total: page.total, hasMore: page.hasMore, ...capped(page) },
  }
}

export function toPageList<Row, Item>({ page, request, toItem }: Listed<Row, Item>) {
  const { limit, offset } = request
  return {
    data: page.rows.map(toItem),
    pagination: {
      kind: 'page' as const,
      page: Math.floor(offset / limit) + 1,
      limit,
      total: page.total,
      totalPages: Math.ceil(page.total / limit),
      offset,
      hasMore: page.hasMore,
      ...capped(page),
    },
  }
}

export function toMetaList<Row, Item>({ page, request, toItem }: Listed<Row, Item>) {
  const { limit, offset } = request
  return {
    data: page.rows.map(toItem),
    meta: { total: page.total, limit, offset, has_more: page.hasMore, ...capped(page) },
  }
}

export function toCursorList<Row, Item>(listed: {
  readonly page: Pick<Page<Row>, 'rows' | 'hasMore'>
  readonly url: string
  readonly toItem: (row: Row) => Item
}) {
  const { page, url, toItem } = listed
  return { object: 'list' as const, data: page.rows.map(toItem), has_more: page.hasMore, url }
}
