export type { Bill } from './book.ts'
export { startPlatform, type PlatformDouble } from './platform-double.ts'
