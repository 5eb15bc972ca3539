import type { GatewayAbilities } from '@perennial/core/payments'

export const ADYEN_ABILITIES: GatewayAbilities = {
  methodTypes: ['card'],
  authorize: true,
  // "Authorisation expiry" of the vendor: it lets go after 28 days, unless the network does so before.
  holdDays: 28,
  verifiesWithoutHold: true,
  partialCapture: true,
  void: true,
  refund: 'partial',
  // There is no call that finds a payment: its webhook tells what became of a charge whose answer was lost.
  lookUp: false,
  tokenize: true,
  challenge: true,
  webhooks: true,
  // What moved is in report files, which another user downloads.
  movements: false,
  disputes: true,
  // "Account Updater" of the vendor: the token stays, and what is stored behind it is brought up to date.
  renewsCards: true,
}
