// One subscription in a store that holds its rows to the same constraints as the real one, and a hand to
// work it. For the tests of this module.
import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { type Invoice, type InvoiceLine, isOpen, owedMinor } from '../invoices/index.ts'
import type { Transfer } from '../ledger/index.ts'
import {
  isLive,
  type ChargeRoute,
  type GatewayOutcome,
  type PaymentAttempt,
  type Transaction,
} from '../payments/index.ts'
import {
  type CaseCard,
  type CaseView,
  type RecoveryCase,
  type RecoveryPolicy,
} from '../recovery/index.ts'
import type {
  StartRequest,
  Subscription,
  SubscriptionDecision,
  SubscriptionItem,
  editSubscription,
} from '../subscriptions/index.ts'
import { type Instant, MAX_INSTANT, maxInstant, UTC } from '../time/index.ts'
import {
  type BillingTools,
  type ChangeSet,
  type Fact,
  type Renewal,
  decideDue,
  decideGivenAgain,
  decideRenewNow,
  decideRetry,
  decideReturn,
  decideSettlement,
  emptyChangeSet,
  settlePaid,
  startBilling,
  type RetryState,
} from './index.ts'
import type { RecyclingTerms } from './state/recycling-terms.ts'
import type { BilledState } from './state/billed-state.ts'
import type { SubscriptionState, UnpaidStart } from './state/state.ts'
import { APPROVED, POLICY, ROUTE, item, numberedId, startRequest, textOf } from './test-samples.ts'

export type ShopOptions = {
  readonly request?: Partial<StartRequest>
  readonly items?: readonly SubscriptionItem[]
  readonly routes?: readonly ChargeRoute[]
  readonly policy?: RecoveryPolicy
  readonly recycling?: RecyclingTerms
  readonly now?: Instant
}

/** A wait for the first payment, a pause and its first bill set aside; retries are as many as there are cases. */
const STEPS_OF_ONE_INSTANT_MAX = 3

export class Shop {
  subscription: Subscription
  readonly items: readonly SubscriptionItem[]
  routes: readonly ChargeRoute[]
  readonly policy: RecoveryPolicy
  readonly recycling: { readonly recycling?: RecyclingTerms }
  readonly invoices = new Map<Uuid, Invoice>()
  readonly lines: InvoiceLine[] = []
  readonly renewals = new Map<Uuid, Renewal>()
  readonly attempts = new Map<Uuid, PaymentAttempt>()
  readonly transactions: Transaction[] = []
  readonly cases = new Map<Uuid, RecoveryCase>()
  readonly transfers: Transfer[] = []
  readonly facts: Fact[] = []
  readonly #keys = new Set<string>()
  /** The latest instant at which anything was decided. */
  now: Instant
  #idsMade = 1000
  #factsTold = 0

  constructor(options: ShopOptions = {}) {
    const request = startRequest(options.request)
    this.now = options.now ?? request.startAt
    this.items = options.items ?? [item()]
    this.routes = options.routes ?? [ROUTE]
    this.policy = options.policy ?? POLICY
    this.recycling = options.recycling === undefined ? {} : { recycling: options.recycling }
    const given = {
      items: this.items,
      routes: this.routes,
      openCases: [],
      unpaidStart: null,
      policy: this.policy,
      ...this.recycling,
    } as const
    const started = this.#decide(given, (tools) =>
      startBilling(request, { ...given, methods: [] }, this.now, tools),
    )
    assert(started.kind === 'accepted', 'a shop opens with a start that is accepted')
    this.subscription = started.subscription
    this.apply(started.changes)
  }

  /** Types of the facts since the last time this was asked. */
  news(): string[] {
    const told = this.facts.slice(this.#factsTold).map((fact) => fact.type)
    this.#factsTold = this.facts.length
    return told
  }

  /**
   * Does everything that is due up to and at `until`, each at its own instant, and says what it did.
   * Charges get `answers`, one after the other and at once; those past the last stay without one.
   */
  work(until: Instant, answers: readonly GatewayOutcome[] = []): string[] {
    const done: string[] = []
    const left = [...answers]
    const stepsOfInstant = new Map<Instant, number>()
    for (;;) {
      const due = this.#nextDue(until)
      if (due === null) return done
      const steps = (stepsOfInstant.get(due.at) ?? 0) + 1
      assert(
        steps <= STEPS_OF_ONE_INSTANT_MAX + this.cases.size,
        'what is due at one instant comes to an end',
      )
      stepsOfInstant.set(due.at, steps)
      // An answer that came late may leave something due that lies behind.
      const now = maxInstant(due.at, this.now)
      const what = due.retryOf === null ? this.step(now) : this.retry(due.retryOf, now)
      const outcome = this.liveAttempts().length > 0 ? left.shift() : undefined
      const result = outcome === undefined ? '' : ` ${this.answer(outcome, now)}`
      done.push(`${textOf(now)} ${what}${result}`)
    }
  }

  #nextDue(until: Instant): { at: Instant; retryOf: RecoveryCase | null } | null {
    const [dueCase] = this.openCases()
      .filter((open) => open.nextAttemptAt !== null)
      .toSorted((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0))
    const retryAt = dueCase?.nextAttemptAt ?? null
    const stepAt = this.subscription.nextDueAt
    if (stepAt !== null && stepAt <= until && (retryAt === null || stepAt <= retryAt)) {
      return { at: stepAt, retryOf: null }
    }
    if (dueCase === undefined || retryAt === null || retryAt > until) return null
    return { at: retryAt, retryOf: dueCase }
  }

  /** Takes the step that is due at `now`, late or not. */
  step(now: Instant): string {
    this.#goTo(now)
    const state = this.state()
    const decision = this.#decide(state, (tools) => decideDue(state, now, tools))
    this.apply(decision.changes)
    return decision.step
  }

  retry(open: RecoveryCase, now: Instant): string {
    this.#goTo(now)
    const attemptsMade = [...this.attempts.values()].filter(
      (attempt) => attempt.invoiceId === open.invoiceId,
    ).length
    const state = {
      ...this.billed(open.invoiceId),
      billed: this.state(),
      attemptsMade,
      chargedAt: null,
      view: this.caseView(open.invoiceId),
    }
    return this.retryAs(state, now)
  }

  /** The same from a state that somebody else has put together. */
  retryAs(state: RetryState, now: Instant): string {
    this.#goTo(now)
    const decision = this.#decide(state, (tools) => decideRetry(state, now, tools))
    this.apply(decision.changes)
    return `retry ${decision.result}`
  }

  /** What a retry is decided by: the networks know of all that was refused. */
  caseView(invoiceId: Uuid): CaseView {
    const refused = [...this.attempts.values()].flatMap(({ decline, ...attempt }) =>
      decline === null ? [] : [{ ...attempt, decline, at: attempt.createdAt }],
    )
    const cards = this.routes.map(({ paymentMethodId, gatewayId }): CaseCard => {
      const history = refused.filter((one) => one.paymentMethodId === paymentMethodId)
      return {
        paymentMethodId,
        guarded: { network: 'visa', country: 'US', history },
        traits: { bin: '424242', country: 'US', zone: UTC },
        gatewayIds: [gatewayId],
      }
    })
    return {
      policy: this.policy,
      cards,
      tries: refused.filter((one) => one.invoiceId === invoiceId),
      model: null,
      isRouted: false,
      draw: 0.5,
      gatewayName: (id) => id,
    }
  }

  /** A gateway's answer to the oldest attempt without one. */
  answer(outcome: GatewayOutcome, now: Instant): string {
    const [attempt] = this.liveAttempts()
    assert(attempt !== undefined, 'there is an attempt to answer')
    return this.answerTo(attempt, outcome, now)
  }

  answerTo(attempt: PaymentAttempt, outcome: GatewayOutcome, now: Instant): string {
    this.#goTo(now)
    assert(attempt.invoiceId !== null, 'the shop charges invoices')
    const state = { ...this.billed(attempt.invoiceId), attempt, route: ROUTE }
    const decision = this.#decide(state, (tools) => decideSettlement(state, outcome, now, tools))
    this.apply(decision.changes)
    return decision.result
  }

  /** Money by hand. */
  payByHand(invoice: Invoice, amountMinor: bigint, now: Instant): void {
    const state = this.billed(invoice.id)
    const changes = this.#decide(state, (tools) => {
      const sale = cashFor(invoice, { id: tools.nextId(), amountMinor }, now)
      const begun = emptyChangeSet()
      begun.newTransactions.push(sale)
      return settlePaid(state, sale, now, tools, begun)
    })
    this.apply(changes)
  }

  /** The bank takes a sale back that had succeeded. */
  returnSale(sale: Transaction, now: Instant, code = 'R01'): void {
    this.#goTo(now)
    assert(sale.invoiceId !== null, 'the shop charges invoices')
    const ended = [...this.cases.values()].find(
      (each) => each.invoiceId === sale.invoiceId && each.state !== 'open',
    )
    const bill = this.billed(sale.invoiceId)
    const earlierReturns = this.#returnsOf(sale).length
    const state = { sale, bill, intent: null, closedCase: ended ?? null, earlierReturns }
    const reason = { code, message: null }
    this.apply(this.#decide(state, (tools) => decideReturn(state, reason, now, tools)))
  }

  /** The bank gives again what it has taken back; false where that is left to a person. */
  giveAgain(sale: Transaction, now: Instant): boolean {
    this.#goTo(now)
    const returns = this.#returnsOf(sale)
    const returned = returns.find(({ status }) => status === 'succeeded')
    assert(returned !== undefined && sale.invoiceId !== null, 'it was taken back')
    const { id: returnId } = returned
    const posted = this.transfers.filter(({ sourceId }) => sourceId === returnId)
    const bill = this.billed(sale.invoiceId)
    const state = { sale, bill, intent: null, returnId, posted, returns: returns.length }
    const changes = this.#decide(state, (tools) => decideGivenAgain(state, now, tools))
    if (changes !== null) this.apply(changes)
    return changes !== null
  }

  #returnsOf({ id }: Transaction): Transaction[] {
    return this.transactions.filter(
      ({ type, parentTransactionId }) => type === 'adjustment' && parentTransactionId === id,
    )
  }

  /** Sales that took money which has not gone back since. */
  heldSales(): Transaction[] {
    const standing = this.transactions.filter(({ status }) => status === 'succeeded')
    const gone = new Set(standing.map((each) => each.parentTransactionId))
    return this.transactions.filter(
      ({ id, type, status }) => type === 'sale' && status === 'succeeded' && !gone.has(id),
    )
  }

  /** A command that concerns the subscription alone; false when it is refused. */
  command(decision: SubscriptionDecision | ReturnType<typeof editSubscription>): boolean {
    if (decision.kind === 'accepted') this.subscription = decision.subscription
    return decision.kind === 'accepted'
  }

  state(): SubscriptionState {
    const { subscription, items, routes, policy } = this
    const openCases = this.openCases()
    const state = {
      subscription,
      items,
      routes,
      openCases,
      unpaidStart: this.#unpaidStart(),
      policy,
      ...this.recycling,
    }
    return subscription.profile === null
      ? state
      : {
          ...state,
          overdueInvoiceIds: this.#overdueInvoiceIds(),
          isLastUnderWay: [...this.renewals.values()].some(({ status }) => status === 'processing'),
        }
  }

  #overdueInvoiceIds(): Uuid[] {
    return [...this.renewals.values()].flatMap(({ status, invoiceId }) =>
      (status === 'overdue' || status === 'partially_paid') && invoiceId !== null
        ? [invoiceId]
        : [],
    )
  }

  /** Renews by hand; the code where it is refused. */
  renewNow(now: Instant, answer?: GatewayOutcome): string {
    this.#goTo(now)
    const state = this.state()
    const decision = this.#decide(state, (tools) => decideRenewNow(state, now, tools))
    if (decision.kind === 'refused') return decision.code
    this.apply(decision.changes)
    return answer === undefined ? 'renewed' : this.answer(answer, now)
  }

  #unpaidStart(): UnpaidStart | null {
    const { status, latestInvoiceId } = this.subscription
    const invoice = latestInvoiceId === null ? undefined : this.invoices.get(latestInvoiceId)
    const isWaiting = status === 'pending' || status === 'incomplete'
    if (!isWaiting || invoice === undefined || !isOpen(invoice.status)) return null
    const lines = this.lines.filter((line) => line.invoiceId === invoice.id)
    const renewal = [...this.renewals.values()].find((each) => each.invoiceId === invoice.id)
    const [live] = this.liveAttempts()
    const chargedAt = live?.createdAt ?? null
    return { invoice, lines, renewalId: renewal?.id ?? null, chargedAt }
  }

  billed(invoiceId: Uuid): BilledState {
    const invoice = this.invoices.get(invoiceId)
    assert(invoice !== undefined, 'the invoice exists')
    const lines = this.lines.filter((line) => line.invoiceId === invoiceId)
    const renewal = [...this.renewals.values()].find((each) => each.invoiceId === invoiceId)
    const isRecoveryOver = [...this.cases.values()].some(
      (each) => each.invoiceId === invoiceId && each.state !== 'open',
    )
    return { invoice, lines, renewal: renewal ?? null, billed: this.state(), isRecoveryOver }
  }

  openCases(): RecoveryCase[] {
    return [...this.cases.values()].filter((each) => each.state === 'open')
  }

  openInvoices(): Invoice[] {
    return [...this.invoices.values()].filter(({ status }) => isOpen(status))
  }

  liveAttempts(): PaymentAttempt[] {
    return [...this.attempts.values()].filter(isLive)
  }

  /** Debits less credits of an invoice's receivable. */
  receivableMinor(invoiceId: Uuid): bigint {
    return this.transfers
      .filter((transfer) => transfer.invoiceId === invoiceId)
      .reduce((sum, { debit, credit, amountMinor }) => {
        if (debit === 'receivable') return sum + amountMinor
        return credit === 'receivable' ? sum - amountMinor : sum
      }, 0n)
  }

  /** Writes a change set as the store would: each row once, and nothing that a unique key forbids. */
  apply(changes: ChangeSet): void {
    const changedIds = [
      ...changes.changedSubscriptions,
      ...changes.changedInvoices,
      ...changes.changedRenewals,
      ...changes.changedAttempts,
      ...changes.changedCases,
    ].map(({ id }) => id)
    assert(new Set(changedIds).size === changedIds.length, 'a row is changed once in a change set')

    for (const subscription of [...changes.newSubscriptions, ...changes.changedSubscriptions]) {
      assert(subscription.period.end > subscription.period.start, 'periods run forward')
      this.subscription = subscription
    }
    for (const invoice of [...changes.newInvoices, ...changes.changedInvoices]) {
      assert(owedMinor(invoice) >= 0n && invoice.paidMinor >= 0n, 'paid is within the total')
      this.invoices.set(invoice.id, invoice)
    }
    this.lines.push(...changes.newLines)
    this.transactions.push(...changes.newTransactions)
    const voided = new Set(changes.voidedTransactions.map(({ id }) => id))
    for (const [index, each] of this.transactions.entries())
      if (voided.has(each.id)) this.transactions[index] = { ...each, status: 'voided' }
    this.transfers.push(...changes.transfers)
    this.facts.push(...changes.facts)
    for (const renewal of changes.newRenewals) {
      this.#once(`renewal of ${renewal.renewalAt}`)
      this.renewals.set(renewal.id, renewal)
    }
    for (const { id, status } of changes.changedRenewals) {
      const renewal = this.renewals.get(id)
      assert(renewal !== undefined, 'a changed renewal exists')
      this.renewals.set(id, { ...renewal, status })
    }
    for (const open of changes.newCases) this.#once(`case of ${open.invoiceId}`)
    for (const each of [...changes.newCases, ...changes.changedCases]) this.cases.set(each.id, each)
    for (const attempt of [...changes.newAttempts, ...changes.changedAttempts]) {
      this.attempts.set(attempt.id, attempt)
    }
    const live = this.liveAttempts().map((attempt) => attempt.invoiceId)
    assert(new Set(live).size === live.length, 'an invoice has one live attempt at most')
    for (const { sourceKind, sourceId, sourcePosition } of changes.transfers) {
      this.#once(`transfer ${sourceKind} ${sourceId} ${sourcePosition}`)
    }
    for (const { type, number, subject } of changes.facts) {
      this.#once(`fact ${type} ${number} ${subjectId(subject)}`)
    }
  }

  #goTo(now: Instant): void {
    assert(now >= this.now, 'time goes forward')
    this.now = now
  }

  #once(key: string): void {
    assert(!this.#keys.has(key), `happens once: ${key}`)
    this.#keys.add(key)
  }

  /** Decides twice from the same state and ids: the answers are equal, and the state is left alone. */
  #decide<Given, Decided>(given: Given, decide: (tools: BillingTools) => Decided): Decided {
    const before = written(given)
    const from = this.#idsMade
    const decided = decide(this.#tools(from))
    assert(written(decide(this.#tools(from))) === written(decided), 'same input, same decision')
    assert(written(given) === before, 'a decision changes nothing that it was given')
    return decided
  }

  #tools(from: number): BillingTools {
    this.#idsMade = from
    const nextId = (): Uuid => {
      this.#idsMade += 1
      return numberedId(this.#idsMade)
    }
    return { nextId, nextToken: () => `token ${nextId()}` }
  }
}

/** A shop whose subscription was paid on the day it started, and what has happened so far is no news. */
export function paidShop(request: Partial<StartRequest> = {}): Shop {
  const shop = new Shop({ request })
  shop.answer(APPROVED, startRequest(request).startAt)
  shop.news()
  return shop
}

/** Renews and pays; the instants at which periods begin. */
export function renewals(shop: Shop, count: number): string[] {
  return Array.from({ length: count }, () => {
    const due = shop.subscription.nextDueAt ?? MAX_INSTANT
    assert(shop.step(due) === 'renew', 'a renewal is due')
    if (shop.liveAttempts().length > 0) shop.answer(APPROVED, due)
    return textOf(shop.subscription.period.start)
  })
}

function subjectId(subject: Fact['subject']): Uuid {
  switch (subject.kind) {
    case 'subscription':
      return subject.subscription.id
    case 'invoice':
      return subject.invoice.id
    case 'sale':
      return subject.sale.id
    case 'transaction':
      return subject.transaction.id
    case 'payment_intent':
      return subject.intent.id
    case 'dispute':
      return subject.dispute.id
    case 'refund':
      return subject.refund.id
    case 'void':
      return subject.paymentVoid.id
    case 'credit_note':
      return subject.note.id
    default:
      return assertNever(subject)
  }
}

function written(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each))
}

function cashFor(
  invoice: Invoice,
  given: { readonly id: Uuid; readonly amountMinor: bigint },
  now: Instant,
): Transaction {
  return {
    ...given,
    type: 'sale',
    parentTransactionId: null,
    status: 'succeeded',
    attemptId: null,
    invoiceId: invoice.id,
    paymentIntentId: null,
    subscriptionId: invoice.subscriptionId,
    customerId: invoice.customerId,
    gatewayId: null,
    currency: invoice.currency,
    gatewayReference: null,
    responseCode: null,
    responseText: null,
    methodType: null,
    cardBrand: null,
    cardLast4: null,
    createdAt: now,
  }
}
