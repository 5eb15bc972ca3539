import { startJsonServer, type DoubleAnswer, type DoubleRequest } from '../json-server.ts'
import {
  addMandate,
  newId,
  openLedgerBook,
  type LedgerBook,
  type Mandate,
  type MandateStatus,
  type Payment,
  type PaymentStatus,
  type Refund,
} from './ledger-book.ts'
import { listPage } from './list-page.ts'
import { endMandate, makeBankAccount, makeCustomer, makeMandate } from './make-mandate.ts'
import { payOut } from './pay-out.ts'
import { madeBefore, notFound, problem } from './problems.ts'
import { cancelPayment, giveRefund, takePayment, type Made } from './take-payment.ts'
import { bankAccountBody, mandateBody, paymentBody, payoutBody, refundBody } from './wire.ts'

export const GOCARDLESS_KEYS = {
  accessToken: 'sandbox_an-access-token-of-the-double',
  webhookSecret: 'a-webhook-secret-of-the-double',
} as const

export type GoCardlessDouble = {
  readonly url: string
  /** What the double remembers, to be looked at and never changed. */
  payments(): readonly Payment[]
  refunds(): readonly Refund[]
  mandates(): readonly Mandate[]
  addMandate(wish: Parameters<typeof addMandate>[1]): Mandate
  /** What the banks make of a mandate. */
  setMandate(mandateId: string, status: MandateStatus): void
  /** What the banks say of a payment. */
  setStatus(paymentId: string, status: PaymentStatus): void
  /** Pays out what is confirmed: now, or on a day of a test clock. The payout's name. */
  payOut(currency: string, at?: Date): string
  close(): Promise<void>
}

/**
 * Speaks the part of the GoCardless API that the adapter uses: customers, bank accounts, mandates, payments and their
 * events, refunds, payouts. A key that was used before is answered 409 with the name of what it made.
 */
export async function startGoCardlessDouble(): Promise<GoCardlessDouble> {
  const book = openLedgerBook()
  const server = await startJsonServer((request) => answer(book, request))
  return {
    url: server.url,
    payments: () => [...book.payments.values()],
    refunds: () => [...book.refunds.values()],
    mandates: () => [...book.mandates.values()],
    addMandate: (wish) => addMandate(book, wish),
    setMandate: (id, status) => {
      const mandate = book.mandates.get(id)
      if (mandate === undefined) throw new Error(`there is no mandate ${id}`)
      mandate.status = status
    },
    setStatus: (id, status) => {
      const payment = book.payments.get(id)
      if (payment === undefined) throw new Error(`there is no payment ${id}`)
      payment.status = status
      const createdAt = new Date().toISOString()
      book.events.push({ id: newId('EV'), createdAt, payment: id, action: status })
    },
    payOut: (currency, at = new Date()) => payOut(book, currency, at),
    close: () => server.close(),
  }
}

function answer(book: LedgerBook, request: DoubleRequest): DoubleAnswer {
  const { method, headers } = request
  if (headers['authorization'] !== `Bearer ${GOCARDLESS_KEYS.accessToken}`) {
    const message = 'The access token you’ve used is not a valid sandbox API access token'
    return problem(401, { type: 'invalid_api_usage', message }, [{ message }])
  }
  if (headers['gocardless-version'] !== '2015-07-06') {
    const message = 'Version header missing'
    return problem(400, { type: 'invalid_api_usage', message }, [{ message }])
  }
  return method === 'POST' ? answerPost(book, request) : answerGet(book, request)
}

const MAKERS: Readonly<Record<string, (book: LedgerBook, json: unknown) => Made>> = {
  '/customers': makeCustomer,
  '/customer_bank_accounts': makeBankAccount,
  '/mandates': makeMandate,
  '/payments': takePayment,
  '/refunds': giveRefund,
}

function answerPost(book: LedgerBook, { path, json, headers }: DoubleRequest): DoubleAnswer {
  const [root = '', id = '', , action] = path.slice(1).split('/')
  const payment = book.payments.get(id)
  if (root === 'payments' && action === 'cancel')
    return payment === undefined ? notFound() : cancelPayment(payment)
  const mandate = book.mandates.get(id)
  if (root === 'mandates' && action === 'cancel')
    return mandate === undefined ? notFound() : endMandate(mandate)
  const make = MAKERS[path]
  if (make === undefined) return notFound()
  const key = `${path} ${headers['idempotency-key'] ?? ''}`
  const before = book.created.get(key)
  if (before !== undefined) return madeBefore(before)
  const made = make(book, json)
  if (made.id !== undefined) book.created.set(key, made.id)
  return made.answer
}

function answerGet(book: LedgerBook, { path, query }: DoubleRequest): DoubleAnswer {
  const [root = '', id = ''] = path.slice(1).split('/')
  if (id !== '') return answerOne(book, root, id)
  const currencyOf = (refund: Refund) => book.payments.get(refund.payment)?.currency ?? ''
  switch (root) {
    case 'creditors':
      return { status: 200, body: { creditors: [{ id: 'CR123', name: 'Acme' }], meta: {} } }
    case 'payments':
      return listPage('payments', [...book.payments.values()], { query, toBody: paymentBody })
    case 'refunds': {
      const of = query.get('payment')
      const refunds = [...book.refunds.values()].filter(
        ({ payment }) => of === null || payment === of,
      )
      const toBody = (refund: Refund) => refundBody(refund, currencyOf(refund))
      return listPage('refunds', refunds, { query, toBody })
    }
    case 'payouts':
      return listPage('payouts', [...book.payouts.values()], { query, toBody: payoutBody })
    case 'events':
      return listEvents(book, query)
    case 'payout_items':
      return listItems(book, query)
    default:
      return notFound()
  }
}

function listEvents(book: LedgerBook, query: URLSearchParams): DoubleAnswer {
  const [payment, action] = [query.get('payment'), query.get('action')]
  const events = book.events
    .filter((event) => payment === null || event.payment === payment)
    .filter((event) => action === null || event.action === action)
  const toBody = ({ id, createdAt, ...event }: (typeof events)[number]) => ({
    id,
    created_at: createdAt,
    resource_type: 'payments',
    action: event.action,
    links: { payment: event.payment },
  })
  return listPage('events', events, { query, toBody })
}

/** In the order in which they were counted, a page at a time. */
function listItems(book: LedgerBook, query: URLSearchParams): DoubleAnswer {
  const payout = book.payouts.get(query.get('payout') ?? '')
  if (payout === undefined) return notFound()
  const limit = Number(query.get('limit') ?? 50)
  const start = Number(query.get('after') ?? 0)
  const items = payout.items.slice(start, start + limit)
  const next = start + limit < payout.items.length ? String(start + limit) : null
  return {
    status: 200,
    body: {
      payout_items: items.map(({ type, amount, payment }) => ({
        type,
        amount,
        taxes: [],
        links: { payment },
      })),
      meta: { cursors: { before: null, after: next }, limit },
    },
  }
}

function answerOne(book: LedgerBook, root: string, id: string): DoubleAnswer {
  const mandate = book.mandates.get(id)
  const account = book.bankAccounts.get(id)
  const payment = book.payments.get(id)
  const refund = book.refunds.get(id)
  if (root === 'mandates' && mandate !== undefined)
    return { status: 200, body: { mandates: mandateBody(mandate) } }
  if (root === 'customer_bank_accounts' && account !== undefined)
    return { status: 200, body: { customer_bank_accounts: bankAccountBody(account) } }
  if (root === 'payments' && payment !== undefined)
    return { status: 200, body: { payments: paymentBody(payment) } }
  const currency = book.payments.get(refund?.payment ?? '')?.currency
  if (root === 'refunds' && refund !== undefined && currency !== undefined)
    return { status: 200, body: { refunds: refundBody(refund, currency) } }
  return notFound()
}
