export { startMailWorker } from './deliver-mails.ts'
export { mailsRoutes } from './routes.ts'
