export { CHECKOUT_KEYS, startCheckoutDouble, type CheckoutDouble } from './checkout-double.ts'
export {
  cardUpdatedEvent,
  disputeEvent,
  paymentEvent,
  signCheckoutWebhook,
  type SignedWebhook,
} from './checkout-webhook.ts'
export { capturedOf, type Action, type Payment } from './payment-book.ts'
export { CHALLENGED_NUMBER, listTestCards, type TestCard } from './test-cards.ts'
