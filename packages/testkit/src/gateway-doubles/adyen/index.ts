export { ADYEN_KEYS, startAdyenDouble, type AdyenDouble } from './adyen-double.ts'
export {
  authorisationItem,
  chargebackItem,
  expiryItem,
  fraudItem,
  modificationItem,
  signAdyenWebhook,
  signTokenWebhook,
  type NotificationItem,
  type TokenEvent,
} from './adyen-webhook.ts'
export type { Payment } from './payment-book.ts'
export { listRefusals } from './test-holders.ts'
