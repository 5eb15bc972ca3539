import { BraintreeGateway, Environment } from 'braintree'
import { BRAINTREE_KEYS } from './braintree-double.ts'

/** What Braintree's own client makes up as an example of a notification, signed with the double's keys. */
export function sampleBraintreeNotification(kind: string, id: string): string {
  const environment = new Environment('unused', '1', '', false, 'unused', '1')
  const { webhookTesting } = new BraintreeGateway({ environment, ...BRAINTREE_KEYS })
  const { bt_signature, bt_payload } = webhookTesting.sampleNotification(kind, id)
  return new URLSearchParams({ bt_signature, bt_payload }).toString()
}
