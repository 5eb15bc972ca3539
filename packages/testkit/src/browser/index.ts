export type { BrowserContextOptions, Page } from 'playwright-core'
export { findViolations } from './find-violations.ts'
export { startBrowser } from './start-browser.ts'
