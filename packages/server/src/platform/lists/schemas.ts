import type { IdKind } from '@perennial/core/ids'
import Type, { type TSchema } from 'typebox'
import { idField, oneOf } from '../wire/index.ts'
import { LIMIT_MAX, OFFSET_MAX, TOTAL_MAX } from './page.ts'

const limitField = (byDefault: number) =>
  Type.Integer({
    minimum: 1,
    default: byDefault,
    description: `Rows a page, 1 to ${LIMIT_MAX}; more is taken as ${LIMIT_MAX}.`,
  })

/** Query fields of a cursor list: `limit`, `starting_after`, `ending_before`. Its rows may be of `more` kinds than one. */
export function cursorQuery(kind: IdKind, limitDefault = 20, more: readonly IdKind[] = []) {
  const cursor = (description: string) => Type.Optional(idField(kind, description, more))
  return {
    limit: limitField(limitDefault),
    starting_after: cursor('Only rows older than the row with this id.'),
    ending_before: cursor('Only rows newer than the row with this id.'),
  }
}

/** Query fields of a list by offset or page; both are accepted on all of them, and so are cursors. */
export function offsetQuery(kind: IdKind, limitDefault = 20) {
  return {
    ...cursorQuery(kind, limitDefault),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: `Rows to skip, at most ${OFFSET_MAX}; further with starting_after.`,
      }),
    ),
    page: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Page to show, counted from 1; an alternative to offset.',
      }),
    ),
  }
}

const total = Type.Integer({ description: `Rows that match, counted up to ${TOTAL_MAX}.` })
const totalCapped = Type.Optional(
  Type.Literal(true, { description: `Present when there are more than ${TOTAL_MAX} rows.` }),
)
const limit = Type.Integer({ description: 'Rows a page.' })
const offset = Type.Integer({ description: 'Rows skipped.' })
const hasMore = Type.Boolean({ description: 'Whether rows follow this page.' })
const totalPages = Type.Integer({ description: 'Pages there are, by `total` and `limit`.' })

/** Family A: `data` and `pagination{limit,offset,total,hasMore}`. */
export function offsetListOf<Item extends TSchema>(item: Item, description: string) {
  const pagination = Type.Object(
    { limit, offset, total, hasMore, total_capped: totalCapped },
    { description: 'Where this page lies.' },
  )
  return Type.Object({ data: Type.Array(item, { description }), pagination }, { description })
}

/** Family B: `data` and `pagination{kind,page,limit,total,totalPages}`. */
export function pageListOf<Item extends TSchema>(item: Item, description: string) {
  const pagination = Type.Object(
    {
      kind: oneOf(['page'], { description: 'How this list is paged.' }),
      page: Type.Integer({ description: 'This page, counted from 1.' }),
      limit,
      total,
      totalPages,
      offset,
      hasMore,
      total_capped: totalCapped,
    },
    { description: 'Where this page lies.' },
  )
  return Type.Object({ data: Type.Array(item, { description }), pagination }, { description })
}

/** Family C: `data` and `meta{total,limit,offset,has_more}`. */
export function metaListOf<Item extends TSchema>(item: Item, description: string) {
  const meta = Type.Object(
    { total, limit, offset, has_more: hasMore, total_capped: totalCapped },
    { description: 'Where this page lies.' },
  )
  return Type.Object({ data: Type.Array(item, { description }), meta }, { description })
}

/** Family D: `object: "list"`, `data`, `has_more` and `url`. */
export function cursorListOf<Item extends TSchema>(item: Item, description: string) {
  return Type.Object(
    {
      object: oneOf(['list'], { description: 'Always "list".' }),
      data: Type.Array(item, { description }),
      has_more: hasMore,
      url: Type.String({ description: 'Path of this list.' }),
    },
    { description },
  )
}

/** Family E: `data` alone, with a `pagination` block that callers may ignore. */
export function plainListOf<Item extends TSchema>(item: Item, description: string) {
  return Type.Object(
    {
      ...offsetListOf(item, description).properties,
      requestId: Type.Optional(Type.String({ description: 'Id of the request, for support.' })),
    },
    { description },
  )
}
