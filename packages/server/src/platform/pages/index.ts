export { addPageAssets, type BuiltPage, readBuiltPage } from './built-page.ts'
export { sendPage, type PageContents } from './send-page.ts'
