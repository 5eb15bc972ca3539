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
      const wish = { type: 'Capture', amount: taken, reference, ...FATES[payment.fate] } as const
      return accepted(addAction(payment, wish).id, reference)
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
      const wish = { type: 'Void', amount: freed, reference, ...FATES[payment.fate] } as const
      return accepted(addAction(payment, wish).id, reference)
    }
  }
}

/** What is not decided yet has no response code. */
const FATES = {
  approved: {},
  declined: { approved: false, responseCode: '20005', summary: 'Declined - Do Not Honour' },
  undecided: { approved: false, responseCode: null, summary: '' },
} as const

function accepted(actionId: string, reference: string | null): DoubleAnswer {
  return { status: 202, body: { action_id: actionId, reference } }
}

export function setFate(payment: Payment, fate: Payment['fate']): void {
  payment.fate = fate
  const open = payment.actions.find(({ responseCode }) => responseCode === null)
  if (open === undefined) return
  payment.actions = payment.actions.filter((action) => action !== open)
  const { id, type, amount, reference } = open
  addAction(payment, { id, type, amount, reference, ...FATES[fate] })
}
