export { startLoop, type Loop } from './start-loop.ts'
