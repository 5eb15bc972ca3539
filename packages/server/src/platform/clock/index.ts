export { accountNow, systemClock, type Clock } from './clock.ts'
