import type { ApiModule } from '../../../platform/http/index.ts'
import { addResolveRoutes } from '../attempts/resolve-routes.ts'
import { addChargeRoutes } from '../charges/charge-routes.ts'
import { addPaymentRoutes } from '../charges/payment-routes.ts'
import { addIntentRoutes, answerWithIntent } from '../intents/intent-routes.ts'
import { addInvoiceRoutes } from './invoice-routes.ts'
import {
  addCreditNoteRoutes,
  answerWithCreditNote,
} from '../refunds/credit-notes/credit-note-routes.ts'
import { addInvoiceCreditRoutes } from '../refunds/credit-notes/invoice-credit-routes.ts'
import { addRefundRoutes, answerWithRefund } from '../refunds/refund-routes.ts'
import { addVoidRoutes, answerWithVoid } from '../refunds/voids/void-routes.ts'
import type { BillingDeps } from '../scope.ts'

/** What is done with invoices, payment intents and money that goes back: routes that may call a gateway. */
export function billingPaymentsRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('payment_intent', answerWithIntent)
    loaders.register('refund', answerWithRefund)
    loaders.register('void', answerWithVoid)
    loaders.register('credit_note', answerWithCreditNote)
    addInvoiceRoutes(app, deps)
    addIntentRoutes(app, deps)
    addPaymentRoutes(app, deps)
    addChargeRoutes(app, deps)
    addResolveRoutes(app, deps)
    addRefundRoutes(app, deps)
    addVoidRoutes(app, deps)
    addCreditNoteRoutes(app, deps)
    addInvoiceCreditRoutes(app, deps)
  }
}
