import type { BulkAction } from '@perennial/core/billing'
import { fromWireMinor, toWireMinor } from '@perennial/core/money'
import type { JsonObject } from '../../platform/wire/index.ts'

/** An action in a JSON column: as it is, with amounts as numbers. */
export function toStoredAction(action: BulkAction): JsonObject {
  switch (action.kind) {
    case 'set_amount':
      return { ...action, amountMinor: toWireMinor(action.amountMinor) }
    case 'adjust_amount':
      return { ...action, byMinor: toWireMinor(action.byMinor) }
    case 'set_discounts':
      return { ...action, discountIds: [...action.discountIds] }
    default:
      return { ...action }
  }
}

/** What `toStoredAction` wrote. */
export function fromStoredAction(stored: unknown): BulkAction {
  const action = stored as StoredAction
  switch (action.kind) {
    case 'set_amount':
      return { ...action, amountMinor: fromWireMinor(action.amountMinor) }
    case 'adjust_amount':
      return { ...action, byMinor: fromWireMinor(action.byMinor) }
    default:
      return action
  }
}

type StoredAction =
  | Exclude<BulkAction, { readonly kind: 'set_amount' | 'adjust_amount' }>
  | { readonly kind: 'set_amount'; readonly amountMinor: number }
  | { readonly kind: 'adjust_amount'; readonly byMinor: number }
