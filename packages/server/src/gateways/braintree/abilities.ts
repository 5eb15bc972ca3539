import type { GatewayAbilities } from '@perennial/core/payments'

export const BRAINTREE_ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account'],
  authorize: true,
  // "Authorization expiration" of the vendor: seven days for most cards, up to thirty for some; its status tells.
  holdDays: 7,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  // 3-D Secure happens in the vendor's own script in the browser, which gives a nonce; there is nowhere to redirect to.
  challenge: false,
  webhooks: true,
  movements: true,
  disputesUnlisted: true,
  disputes: true,
  // "Account Updater" of the vendor: it updates the vaulted card.
  renewsCards: true,
}
