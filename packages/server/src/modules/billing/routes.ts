import type { ApiModule } from '../../platform/http/index.ts'
import { addReconciliationRoutes } from '../payments/reconciliation/index.ts'
import { addResolveRoutes } from './attempts/resolve-routes.ts'
import { addChargeRoutes } from './charges/charge-routes.ts'
import { addPaymentRoutes } from './charges/payment-routes.ts'
import { addDisputeRoutes } from './disputes/routes.ts'
import { addIntentRoutes, answerWithIntent } from './intents/intent-routes.ts'
import { addInvoiceRoutes } from './invoices/invoice-routes.ts'
import { addNoticeRoutes } from './notices/notice-routes.ts'
import { addOperationRoutes } from './operations/operation-routes.ts'
import { addTimelineRoute } from './operations/timeline-route.ts'
import { addDifferenceRoutes } from './reconciliation/difference-routes.ts'
import { addSettlementRoutes } from './reconciliation/settlement-routes.ts'
import {
  addCreditNoteRoutes,
  answerWithCreditNote,
} from './refunds/credit-notes/credit-note-routes.ts'
import { addInvoiceCreditRoutes } from './refunds/credit-notes/invoice-credit-routes.ts'
import { addRefundRoutes, answerWithRefund } from './refunds/refund-routes.ts'
import { addVoidRoutes, answerWithVoid } from './refunds/voids/void-routes.ts'
import type { BillingDeps } from './scope.ts'
import { addSubscriptionRoutes, answerWithSubscription } from './subscriptions/routes.ts'

/** Subscriptions, and what a person does to one of them. */
export function subscriptionsRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('subscription', answerWithSubscription)
    addSubscriptionRoutes(app, deps)
    addOperationRoutes(app, deps)
    addTimelineRoute(app)
  }
}

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

/** What is answered to disputes, what gateways have told, and how our books compare with theirs. */
export function billingDisputesRoutes(deps: BillingDeps): ApiModule {
  return (app) => {
    addDisputeRoutes(app, deps)
    addNoticeRoutes(app, deps)
    addReconciliationRoutes(app)
    addDifferenceRoutes(app, deps)
    addSettlementRoutes(app, deps)
  }
}
