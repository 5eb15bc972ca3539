import type { CatalogueEntry, ErrorCatalogue } from '../../../platform/http/index.ts'
import type { CaseRefusal } from './retry-case.ts'

function conflict(message: string): CatalogueEntry {
  return { status: 409, type: 'invalid_request_error', code: 'conflict', message }
}

export const caseErrors: ErrorCatalogue<CaseRefusal> = {
  case_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such recovery case in this account.',
  },
  case_closed: conflict('This recovery case has ended. See its state for how.'),
  invoice_being_paid: conflict('A charge of this invoice is under way. Wait for its answer.'),
  subscription_paused: conflict('The subscription is paused. Resume it first.'),
  no_payment_method: {
    status: 400,
    type: 'invalid_request_error',
    code: 'invalid_request',
    message: 'The customer has no payment method that could be charged. Add one first.',
  },
  attempt_forbidden: {
    status: 402,
    type: 'card_error',
    code: 'attempt_forbidden',
    message:
      "The rules of the card's network forbid this attempt. Wait, or charge another payment method.",
  },
}
