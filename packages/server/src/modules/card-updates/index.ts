export { createCustomerHost } from './customer/create-customer-host.ts'
export type { BillOutcome } from './customer/customer-deps.ts'
export {
  type CardUpdateLink,
  cardUpdateUrl,
  createCardUpdateLinks,
  CUSTOMER_PREFIX,
  LINK_LIFETIME_MS,
} from './links/create-links.ts'
export { type ClientLink, type LinkRefusal, openClientLink } from './links/open-link.ts'
export { burnLink, countTry, noteReplacement, takeTryBack } from './links/queries.ts'
export { cardUpdateLinksRoutes } from './routes.ts'
