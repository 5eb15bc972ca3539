import type { GatewayAbilities } from '@perennial/core/payments'

export const AUTHNET_ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account'],
  authorize: true,
  // The gateway lets go of what was not captured within 30 days (support.authorize.net).
  holdDays: 30,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  // 3-D Secure is done elsewhere and its result handed in; the gateway has no page for it.
  challenge: false,
  webhooks: true,
  movements: true,
  // It tells of no dispute, neither by webhook nor when asked.
  disputes: false,
  // "What is Account Updater" of the vendor: it updates number and end of the cards of customer profiles.
  renewsCards: true,
}
