export {
  GOCARDLESS_KEYS,
  startGoCardlessDouble,
  type GoCardlessDouble,
} from './gocardless-double.ts'
export {
  mandateEvent,
  paymentEvent,
  refundEvent,
  signGoCardlessWebhook,
  type WebhookEvent,
} from './gocardless-webhook.ts'
export type { Payment, Refund } from './ledger-book.ts'
