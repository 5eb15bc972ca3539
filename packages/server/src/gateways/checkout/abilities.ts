import type { GatewayAbilities } from '@perennial/core/payments'

export const CHECKOUT_ABILITIES: GatewayAbilities = {
  methodTypes: ['card'],
  authorize: true,
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
}
