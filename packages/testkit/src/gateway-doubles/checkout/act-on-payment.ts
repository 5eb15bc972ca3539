import type { DoubleAnswer } from '../json-server.ts'
import { balancesOf, type Payment } from './payment-book.ts'
import { addAction } from './take-payment.ts'
import { invalid } from './wire.ts'

type ActionRequest = { readonly amount?: number; readonly reference?: string }

/** `POST /payments/{id}/captures|refunds|voids`: 202, or 403 where the payment's state forbids it. */
export function actOnPayment(
  payment: Payment,
  verb: 'captures' | 'refunds' | 'voids',
  json: unknown,
): DoubleAnswer {
  const { amount, reference = null } = (json ?? {}) as ActionRequest
  const balances = balancesOf(payment)
  switch (verb) {
    case 'captures': {
      if (balances.available_to_capture === 0) return { status: 403 }
      const taken = amount ?? balances.available_to_capture
      if (taken > balances.available_to_capture)
        return invalid('capture_value_greater_than_authorized')
      return accepted(
        addAction(payment, { type: 'Capture', amount: taken, reference }).id,
        reference,
      )
    }
    case 'refunds': {
      if (balances.available_to_refund === 0) return { status: 403 }
      const given = amount ?? balances.available_to_refund
      if (given > balances.available_to_refund) return invalid('refund_amount_exceeds_balance')
      return accepted(
        addAction(payment, { type: 'Refund', amount: given, reference }).id,
        reference,
      )
    }
    case 'voids': {
      if (balances.available_to_void === 0) return { status: 403 }
      const freed = balances.available_to_void
      return accepted(addAction(payment, { type: 'Void', amount: freed, reference }).id, reference)
    }
  }
}

function accepted(actionId: string, reference: string | null): DoubleAnswer {
  return { status: 202, body: { action_id: actionId, reference } }
}
