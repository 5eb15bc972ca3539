export {
  type CardUpdateLink,
  cardUpdateUrl,
  createCardUpdateLinks,
  LINK_LIFETIME_MS,
} from './links/create-links.ts'
export { type ClientLink, type LinkRefusal, openClientLink } from './links/open-link.ts'
export { burnLink } from './links/queries.ts'
export { cardUpdateLinksRoutes } from './routes.ts'
