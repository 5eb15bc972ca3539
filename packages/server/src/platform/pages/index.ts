export { addPageAssets, type BuiltPage, readBuiltPage } from './built-page.ts'
export { sendAway } from './send-away.ts'
export { sendPage } from './send-page.ts'
