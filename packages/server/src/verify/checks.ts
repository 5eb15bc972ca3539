import type { Check } from './check.ts'
import { accountChecks } from './queries/accounts.ts'
import { challengeChecks } from './queries/challenges.ts'
import { clearingChecks } from './queries/clearing.ts'
import { creditNoteChecks } from './queries/credit-notes.ts'
import { disputeChecks } from './queries/disputes.ts'
import { dunningChecks } from './queries/dunning.ts'
import { eventChecks } from './queries/events.ts'
import { extrasChecks } from './queries/extras.ts'
import { gatewayChecks } from './queries/gateways.ts'
import { handedOverChecks } from './queries/handed-over.ts'
import { invoiceChecks } from './queries/invoices.ts'
import { ledgerChecks } from './queries/ledger.ts'
import { ledgerOfInvoicesChecks } from './queries/ledger-of-invoices.ts'
import { mandateChecks } from './queries/mandates.ts'
import { paymentChecks } from './queries/payments.ts'
import { profileChecks } from './queries/profiles.ts'
import { receiptChecks } from './queries/receipts.ts'
import { referenceChecks } from './queries/references.ts'
import { refundChecks } from './queries/refunds.ts'
import { renewalChecks } from './queries/renewals.ts'
import { routingChecks } from './queries/routing.ts'
import { saleChecks } from './queries/sales.ts'
import { subscriptionEditChecks } from './queries/subscription-edits.ts'
import { subscriptionChecks } from './queries/subscriptions.ts'

/** Every promise, in the order in which they are checked and listed. */
export const CHECKS: readonly Check[] = [
  ...ledgerChecks,
  ...ledgerOfInvoicesChecks,
  ...clearingChecks,
  ...paymentChecks,
  ...challengeChecks,
  ...disputeChecks,
  ...refundChecks,
  ...creditNoteChecks,
  ...routingChecks,
  ...gatewayChecks,
  ...mandateChecks,
  ...renewalChecks,
  ...invoiceChecks,
  ...extrasChecks,
  ...subscriptionChecks,
  ...profileChecks,
  ...subscriptionEditChecks,
  ...saleChecks,
  ...handedOverChecks,
  ...dunningChecks,
  ...receiptChecks,
  ...eventChecks,
  ...referenceChecks,
  ...accountChecks,
]
