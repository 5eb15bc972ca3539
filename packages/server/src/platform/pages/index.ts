export { addPageAssets, type BuiltPage, readBuiltPage } from './built-page.ts'
export { sendPage } from './send-page.ts'
