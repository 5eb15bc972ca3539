export type { BookedTransaction, VaultedMethod } from './braintree-book.ts'
export { BRAINTREE_KEYS, startBraintreeDouble, type BraintreeDouble } from './braintree-double.ts'
export { signBraintreeWebhook, type BraintreeWebhook } from './braintree-webhook.ts'
export { sampleBraintreeNotification } from './sample-notification.ts'
