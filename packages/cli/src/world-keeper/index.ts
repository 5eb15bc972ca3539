export { keepWorld, outsideWorld, type KeptWorld } from './keep-world.ts'
export { listWorldGateways } from './list-world-gateways.ts'
