export { startMailWorker } from './deliver-mails.ts'
export { mailContentRoutes, mailsRoutes } from './routes.ts'
export { mailTemplatesRoutes } from './template-routes.ts'
