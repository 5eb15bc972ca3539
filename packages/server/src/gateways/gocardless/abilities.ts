import type { GatewayAbilities } from '@perennial/core/payments'

export const GOCARDLESS_ABILITIES: GatewayAbilities = {
  methodTypes: ['us_bank_account', 'bank_account', 'bacs_direct_debit'],
  // Banks know no holds: a payment is called off until it is handed to them.
  authorize: false,
  partialCapture: false,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  challenge: false,
  webhooks: true,
  movements: true,
  // What a payer takes back is gone: there is nothing to answer.
  disputes: false,
}
