export { startPlatform, type Bill, type PlatformDouble } from './platform-double.ts'
