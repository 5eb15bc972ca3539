import type { ErrorCatalogue } from '../../../platform/http/index.ts'
import type { SettlementRefusal } from './import-settlement.ts'

export const settlementErrors: ErrorCatalogue<SettlementRefusal> = {
  gateway_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'No such gateway.',
  },
  settlement_not_taken: {
    status: 409,
    type: 'invalid_request_error',
    code: 'conflict',
    message:
      'This gateway lists charges, fees and payouts by itself: what is handed in would count twice.',
  },
  settlement_invalid: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'Nothing was taken: a row is wrong.',
    param: 'rows',
  },
  reconciled_elsewhere: {
    status: 409,
    type: 'invalid_request_error',
    code: 'conflict',
    message: 'The same gateway is being compared at this moment. Please try again.',
  },
}
