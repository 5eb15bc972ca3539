export type { BookedTransaction, PaymentProfile } from './authnet-book.ts'
export { AUTHNET_KEYS, startAuthnetDouble, type AuthnetDouble } from './authnet-double.ts'
export { signAuthnetWebhook, type AuthnetWebhook } from './authnet-webhook.ts'
