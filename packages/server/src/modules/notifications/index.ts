export { startMailWorker, type MailWorker } from './deliver-mails.ts'
export { mailsRoutes } from './routes.ts'
