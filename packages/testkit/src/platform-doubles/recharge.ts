import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { decimal, idIn, LOST, loses, pay, type Bill, type Book } from './book.ts'

const STATUS = { open: 'error', busy: 'pending', paid: 'success', void: 'skipped' } as const

/** developer.rechargepayments.com: charges, "Process a charge". */
export function answerRecharge(
  { method, path, query }: DoubleRequest,
  book: Book,
): DoubleAnswer | null {
  const processed = book.bills.get(idIn(path, '/charges/*/process') ?? '')
  if (method === 'POST' && processed !== undefined) {
    const lost = loses(processed)
    if (lost === 'not_charged') return LOST
    if (processed.declineCode === null) {
      const { id: billId, dueMinor: amountMinor } = processed
      pay(book, { billId, amountMinor, reference: `rc_${billId}`, key: null })
    }
    return lost === null ? { status: 200, body: { charge: chargeOf(processed) } } : LOST
  }
  if (method === 'GET' && path === '/charges') {
    const subscriptionIds = query.get('purchase_item_ids')?.split(',') ?? []
    const charges = [...book.bills.values()]
      .map((bill) => chargeOf(bill))
      .filter(({ status }) => status === query.get('status'))
      .filter(({ line_items }) =>
        line_items.some((line) => subscriptionIds.includes(String(line.purchase_item_id))),
      )
    return { status: 200, body: { charges } }
  }
  const bill = book.bills.get(idIn(path, '/charges/*') ?? '')
  return bill === undefined ? null : { status: 200, body: { charge: chargeOf(bill) } }
}

export function chargeOf(bill: Bill) {
  return {
    id: Number(bill.id),
    status: STATUS[bill.state],
    total_price: decimal(bill.dueMinor),
    currency: bill.currency,
    error_type: bill.state === 'open' ? (bill.declineCode ?? 'do_not_honor') : null,
    customer: { id: 77, email: 'ada@example.com' },
    line_items: [{ purchase_item_id: 501 }, { purchase_item_id: 502 }],
    charge_attempts: 2,
  }
}
