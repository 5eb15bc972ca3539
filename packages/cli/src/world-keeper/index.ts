export { keepWorld, outsideWorld } from './keep-world.ts'
export { listWorldGateways } from './list-world-gateways.ts'
