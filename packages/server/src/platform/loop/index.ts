export { allLanes, eachConcurrently } from './each-concurrently.ts'
export { startLoop, type Loop } from './start-loop.ts'
