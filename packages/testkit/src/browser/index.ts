export { findViolations } from './find-violations.ts'
export { startBrowser } from './start-browser.ts'
