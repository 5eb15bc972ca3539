import {
  addChanges,
  cardsInTurn,
  decideSettlement,
  emptyChangeSet,
  type CardsInTurn,
  type SettlementDecision,
  type SettlementState,
  type SoldState,
  type SubscriptionState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice, InvoiceLine } from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import { isInOutage, type KnownOutage } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { RowsChanged, type Tx } from '../../../platform/db/index.ts'
import { listInvoiceLines, lockInvoices } from '../../invoices/index.ts'
import {
  keepNetworkTransactions,
  listUsedRoutes,
  lockAttempts,
  type AttemptOutcome,
  type NamedCharge,
} from '../../payments/index.ts'
import { listInvoicesWithClosedCase, listOutages } from '../../recovery/index.ts'
import {
  listRenewalsOfInvoices,
  lockSubscriptions,
  type RenewalOfInvoice,
} from '../../subscriptions/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { bookLateCharge, keepForPerson, type ToldSettings } from './late-charge.ts'
import { loadRoutesOf } from '../load/load-bill-routing.ts'
import { loadStates } from '../load/load-states.ts'
import { recallSettlements, type Remembered } from './recall-settlements.ts'
import { listBegun, loadSold, refreshSold, withBegun } from '../load/load-sold.ts'
import { noteEnded } from './note-ended-cards.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

export type SettledCounts = {
  readonly paid: number
  readonly failed: number
  readonly waiting: number
}

/** `next`: charges that routes go on with, committed as `sending`: to be sent now. */
export type Settled = SettledCounts & { readonly next: readonly PaymentAttempt[] }

export type SettleSettings = {
  /** The instant that each answer counts for. */
  readonly atOf: (attempt: PaymentAttempt) => Instant
  /** Absent where the attempts were not committed a moment ago. */
  readonly remembered?: Remembered | undefined
} & ToldSettings

/**
 * Feeds gateway answers back in, many at a time, in one transaction: everything is locked, and loaded anew where
 * the world has moved on while the gateway was thinking. Answers to attempts that someone else has settled
 * meanwhile are ignored. At most one answer a subscription: each is decided on what the one before it left.
 */
export async function settleOutcomes(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly AttemptOutcome[],
  settings: SettleSettings,
): Promise<Settled> {
  try {
    return await settleAndNote(deps, scope, answers, settings)
  } catch (error) {
    if (!(error instanceof RowsChanged)) throw error
    return settleAndNote(deps, scope, answers, { ...settings, remembered: undefined })
  }
}

async function settleAndNote(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly AttemptOutcome[],
  settings: SettleSettings,
): Promise<Settled> {
  const settled = await settleOnce(deps, scope, answers, settings)
  await noteEnded(deps, scope, answers, settings.atOf)
  return settled
}

/** `RowsChanged` when what is remembered turns out to be the past. */
async function settleOnce(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly AttemptOutcome[],
  { atOf, remembered, ...told }: SettleSettings,
): Promise<Settled> {
  const counts = { paid: 0, failed: 0, waiting: 0 }
  const next: PaymentAttempt[] = []
  await deps.database.tx(
    async (tx) => {
      Object.assign(counts, { paid: 0, failed: 0, waiting: 0 })
      next.length = 0
      const recalled =
        remembered === undefined
          ? null
          : await recallSettlements(tx, scope.accountId, answers, remembered)
      const loaded =
        recalled === null ? await loadSettlements(tx, scope, { answers, atOf }) : NOT_ROUTED
      const states = recalled ?? loaded.states
      const changes = emptyChangeSet()
      for (const [index, state] of states.entries()) {
        const outcome = answers[index]?.outcome
        assert(outcome !== undefined, 'every answer has its state')
        const decision = decideSettlement(state, outcome, atOf(state.attempt), toolsOf(deps))
        if (decision.result === 'contradicted') {
          const late = { state, outcome, at: atOf(state.attempt), ...told }
          if (await bookLateCharge(deps, { tx, scope, changes }, late)) counts.paid += 1
        } else if (decision.result === 'unpayable') {
          const [attempt = state.attempt] = decision.changes.changedAttempts
          await keepForPerson(deps, { tx, scope }, { attempt, outcome, at: atOf(attempt) })
          counts.failed += 1
        } else if (isCounted(decision.result)) counts[decision.result] += 1
        loaded.cards.note(decision.changes.newAttempts)
        addChanges(changes, decision.changes)
        assert(
          recalled === null || outcome.kind !== 'succeeded' || isCompared(decision),
          'what is settled from memory without a lock is compared when it is written',
        )
      }
      await applyChanges(tx, scope, {
        changes,
        leaseUntil: leaseEnd(deps),
        nextId: () => deps.ids.next(),
        isRouted: states.some((state) => state.routeState !== undefined),
        ...given('lastWriter', recalled === null ? undefined : remembered?.writtenBy),
      })
      await keepNetworkTransactions(tx, scope.accountId, namedCharges(answers))
      next.push(...changes.newAttempts)
    },
    { retry: true },
  )
  return { ...counts, next }
}

/** Both rows of the charge are written, so that the write finds out whether they still are what they were. */
function isCompared({ changes }: SettlementDecision): boolean {
  return changes.changedInvoices.length === 1 && changes.changedAttempts.length === 1
}

/** Approved charges that the network has named. */
export function namedCharges(answers: readonly AttemptOutcome[]): NamedCharge[] {
  return answers.flatMap(({ attempt, outcome }) => {
    if (outcome.kind !== 'succeeded' || outcome.networkTransactionId === null) return []
    const { paymentMethodId, gatewayId } = attempt
    return [{ paymentMethodId, gatewayId, networkTransactionId: outcome.networkTransactionId }]
  })
}

/** What an attempt came to for good; a route that goes on is counted by its last charge. */
export function isCounted(result: SettlementDecision['result']): result is keyof SettledCounts {
  return result === 'paid' || result === 'failed' || result === 'waiting'
}

/** The state of each answer. Locks subscriptions, invoices and attempts, in this order and each by id: every batch queues the same way. */
async function loadSettlements(
  tx: Tx,
  scope: BillingScope,
  { answers, atOf }: { readonly answers: readonly AttemptOutcome[] } & Pick<SettleSettings, 'atOf'>,
): Promise<Settlements> {
  const { accountId } = scope
  const attempts = answers.map((answer) => answer.attempt)
  const invoiceIds = idsOf(attempts, (attempt) => attempt.invoiceId)
  // A sale's invoice is of no subscription.
  const alone = attempts.filter(({ subscriptionId }) => subscriptionId === null)
  const aloneIds = idsOf(alone, ({ invoiceId }) => invoiceId)
  const seenSales = await loadSold(tx, scope, aloneIds)
  const begunIds = await listBegun(tx, accountId, seenSales)
  const ownIds = idsOf(attempts, (attempt) => attempt.subscriptionId)
  const subscriptions = await lockSubscriptions(tx, accountId, [...ownIds, ...begunIds])
  const [states, invoices, locked, lines, renewals, used, closed, outages, routesOn] =
    await Promise.all([
      loadStates(tx, scope, subscriptions, { withRoutes: false }),
      lockInvoices(tx, accountId, invoiceIds),
      lockAttempts(
        tx,
        accountId,
        attempts.map((attempt) => attempt.id),
      ),
      listInvoiceLines(tx, accountId, invoiceIds),
      listRenewalsOfInvoices(tx, accountId, invoiceIds),
      listUsedRoutes(
        tx,
        accountId,
        idsOf(attempts, (attempt) => attempt.paymentMethodId),
      ),
      // Also of approved charges: a route may end with a part, and what is left opens no second case.
      listInvoicesWithClosedCase(tx, accountId, invoiceIds),
      listOutagesOf(tx, accountId, { answers, atOf }),
      loadRoutesOf(tx, scope, { answers, atOf }),
    ])
  const sold = seenSales.size === 0 ? seenSales : await refreshSold(tx, accountId, seenSales)
  const loaded: Loaded = {
    sold,
    states: new Map(states.map((state) => [state.subscription.id, state])),
    invoices: new Map(invoices.map((invoice) => [invoice.id, invoice])),
    attempts: new Map(locked.map((attempt) => [attempt.id, attempt])),
    lines: Map.groupBy(lines, (line) => line.invoiceId),
    renewals: new Map(renewals.map((renewal) => [renewal.invoiceId, renewal])),
    recoveriesOver: closed,
    outages,
  }
  const routeOf = new Map(used.map((route) => [route.paymentMethodId, route]))
  const settlements = answers.map(({ attempt }) => ({
    ...stateOf(loaded, attempt.id),
    route: routeOf.get(attempt.paymentMethodId) ?? null,
    ...routesOn.of.get(attempt.id),
  }))
  return { states: settlements, cards: routesOn.cards }
}

type Settlements = {
  readonly states: readonly SettlementState[]
  /** For the charges that routes go on with. */
  readonly cards: CardsInTurn
}

/** What is remembered has no route that could go on. */
const NOT_ROUTED: Settlements = { states: [], cards: cardsInTurn(undefined) }

type Loaded = {
  readonly sold: ReadonlyMap<Uuid, SoldState>
  readonly states: ReadonlyMap<Uuid, SubscriptionState>
  readonly invoices: ReadonlyMap<Uuid, Invoice>
  readonly attempts: ReadonlyMap<Uuid, PaymentAttempt>
  readonly lines: ReadonlyMap<Uuid, InvoiceLine[]>
  readonly renewals: ReadonlyMap<Uuid, RenewalOfInvoice>
  readonly recoveriesOver: ReadonlySet<Uuid>
  readonly outages: readonly KnownOutage[]
}

/** Outages of ours: only refused retries ask for them. */
async function listOutagesOf(
  tx: Tx,
  accountId: Uuid,
  { answers, atOf }: { readonly answers: readonly AttemptOutcome[] } & Pick<SettleSettings, 'atOf'>,
): Promise<readonly KnownOutage[]> {
  const refused = answers.find(
    ({ attempt, outcome }) => attempt.retryKind !== null && outcome.kind !== 'succeeded',
  )
  return refused === undefined ? [] : listOutages(tx, accountId, { at: atOf(refused.attempt) })
}

function stateOf(loaded: Loaded, attemptId: Uuid): Omit<SettlementState, 'route'> {
  const attempt = loaded.attempts.get(attemptId)
  assert(
    attempt !== undefined && attempt.invoiceId !== null,
    'an answer belongs to an attempt on an invoice',
  )
  const invoice = loaded.invoices.get(attempt.invoiceId)
  assert(invoice !== undefined, 'an attempt belongs to an invoice of its account')
  const sold = loaded.sold.get(invoice.id)
  const billed = attempt.subscriptionId === null ? null : loaded.states.get(attempt.subscriptionId)
  assert(billed !== undefined, 'an attempt names a subscription of its account')
  return {
    attempt,
    invoice,
    lines: loaded.lines.get(invoice.id) ?? [],
    renewal: loaded.renewals.get(invoice.id) ?? null,
    billed,
    ...given('sold', sold === undefined ? undefined : withBegun(sold, loaded.states)),
    isRecoveryOver: loaded.recoveriesOver.has(invoice.id),
    isInOutage: isInOutage(loaded.outages, { ...attempt, at: attempt.createdAt }),
  }
}

/** Each id that the attempts name, once. */
export function idsOf(
  attempts: readonly PaymentAttempt[],
  idOf: (attempt: PaymentAttempt) => Uuid | null,
): Uuid[] {
  return [...new Set(attempts.map(idOf).filter((id) => id !== null))]
}
