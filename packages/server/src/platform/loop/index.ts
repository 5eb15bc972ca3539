export { createSlots, type Slots } from './create-slots.ts'
export { allLanes, eachConcurrently } from './each-concurrently.ts'
export { startLoop, type Loop } from './start-loop.ts'
export { startTurns } from './start-turns.ts'
