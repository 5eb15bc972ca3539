import { type ErrorCatalogue, conflict, unknown } from '../../../platform/http/index.ts'
import type { AcceptRefusal } from './accept-notice.ts'

export const noticeErrors: ErrorCatalogue<AcceptRefusal> = {
  notice_not_found: unknown('notice'),
  notice_not_parked: conflict('This notice does not wait for anybody: see its state and reason.'),
  notice_not_acceptable: conflict(
    'Only money that a gateway took for a charge that is booked as refused can be accepted. Put right by hand what this one tells, and dismiss it.',
  ),
  charge_being_paid: conflict(
    'Another charge of the same invoice or payment intent is under way. Wait for its outcome.',
  ),
  charge_not_owed: conflict(
    'What this was charged for is owed no more, or not as much. Refund it at the gateway, and dismiss this notice.',
  ),
}
