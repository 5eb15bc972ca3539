import { type ErrorCatalogue, conflict, invalid, unknown } from '../../../platform/http/index.ts'
import type { SettlementRefusal } from './import-settlement.ts'

export const settlementErrors: ErrorCatalogue<SettlementRefusal> = {
  gateway_not_found: unknown('gateway'),
  settlement_not_taken: conflict(
    'This gateway lists charges, fees and payouts by itself: what is handed in would count twice.',
  ),
  settlement_invalid: invalid('Nothing was taken: a row is wrong.', 'rows'),
  reconciled_elsewhere: conflict(
    'The same gateway is being compared at this moment. Please try again.',
  ),
}
