import type { GatewayAbilities } from '@perennial/core/payments'

export const STRIPE_ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account', 'bank_account', 'bacs_direct_debit'],
  authorize: true,
  // "Place a hold on a payment method" of the vendor: seven days for most cards, which the intent's status tells.
  holdDays: 7,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  challenge: true,
  webhooks: true,
  movements: true,
  disputes: true,
  renewsCards: true,
}
