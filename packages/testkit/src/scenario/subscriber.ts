import { formatInstant, type TimeZone } from '@perennial/core/time'
import { memberOf, textOf, type Answer, type ApiClient } from './api-client.ts'
import { onTheWall, toMoment } from './dates.ts'

export type Customer = { readonly id: string; readonly name: string }

/** What a subscriber acts on. */
type Stage = {
  readonly api: ApiClient
  readonly zone: TimeZone
  addCard(customer: Customer, token: string): Promise<string>
}

export type SeenInvoice = {
  readonly id: string
  readonly status: string
  readonly totalMinor: number
  readonly currency: string
  /** "2027-01-31 to 2027-02-28" on the account's wall. */
  readonly period: string
  readonly lines: readonly { readonly amountMinor: number; readonly quantity: number }[]
}

/** A customer with one subscription, as a merchant's program talks about it. */
export type Subscriber = {
  readonly id: string
  readonly customer: Customer
  /** The subscription as the API shows it. */
  show(): Promise<Answer>
  status(): Promise<unknown>
  /** "2027-01-31 to 2027-02-28" on the account's wall. */
  period(): Promise<string>
  /** Oldest first. */
  invoices(): Promise<readonly SeenInvoice[]>
  /** "29.00 paid" of every invoice, oldest first: what was billed and what became of it. */
  bills(): Promise<readonly string[]>
  /** What is still to be paid on issued invoices, in minor units. */
  owesMinor(): Promise<number>
  replaceCard(token: string): Promise<void>
  cancel(mode: 'immediately' | 'period_end'): Promise<Answer>
  takeBackCancel(): Promise<Answer>
  pause(behavior: string, until?: string): Promise<Answer>
  resume(): Promise<Answer>
  change(body: object): Promise<Answer>
  pay(invoice: SeenInvoice, body?: object): Promise<Answer>
}

const SETTLED = new Set(['paid', 'void', 'draft', 'uncollectible'])

export function createSubscriber(
  stage: Stage,
  given: { readonly id: string; readonly customer: Customer },
): Subscriber {
  const { api, zone } = stage
  const path = `/subscriptions/${given.id}`
  const day = (value: unknown): string =>
    typeof value === 'string' ? onTheWall(value, zone) : 'nothing'

  const listInvoices = async (): Promise<readonly SeenInvoice[]> => {
    const listed = await api.get(`/invoices?customerId=${given.customer.id}&limit=100`)
    const rows = listed.at('data')
    if (!Array.isArray(rows)) return []
    return rows
      .toReversed()
      .filter((row) => memberOf(row, 'subscription_id') === given.id)
      .map((row) => toSeenInvoice(row, day))
  }

  return {
    ...given,
    show: () => api.get(path),
    status: async () => (await api.get(path)).at('data.status'),
    period: async () => {
      const shown = await api.get(path)
      const start = day(shown.at('data.current_period_start'))
      return `${start} to ${day(shown.at('data.current_period_end'))}`
    },
    invoices: listInvoices,
    bills: async () =>
      (await listInvoices()).map(({ totalMinor, status }) => `${totalMinor} ${status}`),
    owesMinor: async () =>
      (await listInvoices())
        .filter(({ status }) => !SETTLED.has(status))
        .reduce((sum, { totalMinor }) => sum + totalMinor, 0),
    replaceCard: async (token) => {
      await stage.addCard(given.customer, token)
    },
    cancel: (mode) => api.post(`${path}/cancel`, { mode }),
    takeBackCancel: () => api.post(`${path}/reactivate`),
    pause: (behavior, until) =>
      api.post(`${path}/pause`, {
        behavior,
        ...(until === undefined ? {} : { resumes_at: formatInstant(toMoment(until, zone)) }),
      }),
    resume: () => api.post(`${path}/resume`),
    change: (body) => api.patch(path, body),
    pay: (invoice, body = {}) => api.post(`/invoices/${invoice.id}/pay`, body),
  }
}

function toSeenInvoice(row: unknown, day: (value: unknown) => string): SeenInvoice {
  const lines = memberOf(row, 'line_items')
  const list: readonly unknown[] = Array.isArray(lines) ? lines : []
  return {
    id: textOf(row, 'id'),
    status: textOf(row, 'status'),
    totalMinor: Number(memberOf(row, 'total_minor')),
    currency: textOf(row, 'currency'),
    period: `${day(memberOf(row, 'period_start'))} to ${day(memberOf(row, 'period_end'))}`,
    lines: list.map((line) => ({
      amountMinor: Number(memberOf(line, 'amount_minor')),
      quantity: Number(memberOf(line, 'quantity')),
    })),
  }
}
