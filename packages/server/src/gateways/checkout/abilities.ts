import type { GatewayAbilities } from '@perennial/core/payments'

export const CHECKOUT_ABILITIES: GatewayAbilities = {
  methodTypes: ['card'],
  authorize: true,
  // "Capture a payment" of the vendor: seven days, unless an account has another limit.
  holdDays: 7,
  verifiesWithoutHold: true,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  challenge: true,
  webhooks: true,
  // Its list of what moved comes as scheduled files alone; by API it answers for one payment at a time.
  movements: false,
  disputes: true,
  // "Update stored credentials" of the vendor: cards and instruments of its vault are updated.
  renewsCards: true,
}
