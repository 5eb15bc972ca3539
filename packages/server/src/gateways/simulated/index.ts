export { createSimulatedGateway } from './simulated-gateway.ts'
export type { SimulatedGatewaySettings } from './world-line.ts'
