export { addCardPage } from './add-card-page.ts'
export {
  backTo,
  type CardOutcome,
  type NotCharged,
  type CardPageHost,
  type CardPageView,
  type CardRefusal,
  type GivenCard,
  problemOf,
  sumByCurrency,
  TRIES_MAX,
} from './card-page.ts'
