import type { GatewayPort } from '@perennial/core/payments'
import type { Gateway } from '../queries/gateways.ts'

export type ConnectedGateway = GatewayPort & { close?(): Promise<void> }

/** Makes the adapter for a gateway; the composition root knows the vendors. */
export type GatewayFactory = (gateway: Gateway) => ConnectedGateway | Promise<ConnectedGateway>
