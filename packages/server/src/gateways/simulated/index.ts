export { createSimulatedGateway, type SimulatedGatewaySettings } from './simulated-gateway.ts'
