import type { GatewayPort, VendorSettings } from '@perennial/core/payments'

export function createStripeGateway(
  _settings: VendorSettings,
): GatewayPort & { close(): Promise<void> } {
  throw new Error('being written')
}
