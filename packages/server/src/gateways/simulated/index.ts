export { createSimulatedGateway } from './simulated-gateway.ts'
