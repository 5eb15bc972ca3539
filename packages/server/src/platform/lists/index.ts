export { type IdBounds, idBounds } from './id-bounds.ts'
export {
  type Window,
  readChoices,
  readChoicesPage,
  readWindow,
  readWindowPage,
  windowFilters,
} from './narrow-queries.ts'
export { type Page, type PageRequest, toPageRequest } from './page.ts'
export { type PagedRead, readPage, readRows, searchPage } from './queries.ts'
export {
  cursorListOf,
  cursorQuery,
  metaListOf,
  offsetListOf,
  offsetQuery,
  pageListOf,
  plainListOf,
} from './schemas.ts'
export { toCursorList, toMetaList, toOffsetList, toPageList } from './to-lists.ts'
