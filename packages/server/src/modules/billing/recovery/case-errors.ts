import { type ErrorCatalogue, conflict, illegal, unknown } from '../../../platform/http/index.ts'
import type { CaseRefusal } from './retry-case.ts'

export const caseErrors: ErrorCatalogue<CaseRefusal> = {
  case_not_found: unknown('recovery case'),
  case_closed: conflict('This recovery case has ended. See its state for how.'),
  invoice_being_paid: conflict('A charge of this invoice is under way. Wait for its answer.'),
  subscription_paused: conflict('The subscription is paused. Resume it first.'),
  no_payment_method: illegal(
    'The customer has no payment method that could be charged: add one, or enable a gateway that has a token of one.',
  ),
  attempt_forbidden: {
    status: 402,
    type: 'card_error',
    code: 'attempt_forbidden',
    message:
      "The rules of the card's network forbid this attempt. Wait, or charge another payment method.",
  },
}
