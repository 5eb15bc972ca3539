export { addCardPage } from './add-card-page.ts'
export {
  type CardOutcome,
  type CardPageHost,
  type CardPageView,
  type CardRefusal,
  type GivenCard,
  problemOf,
  sumByCurrency,
  TRIES_MAX,
} from './card-page.ts'
