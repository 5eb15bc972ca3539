import {
  addChanges,
  decideIntentSettlement,
  emptyChangeSet,
  type BilledState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { maxInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { listInvoiceLines, lockInvoices } from '../../invoices/index.ts'
import {
  keepNetworkTransactions,
  listUsedRoutes,
  lockAttempts,
  lockIntents,
  lookUpAttempts,
  sendAttempts,
  type AttemptOutcome,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { bookLateIntentCharge, type ToldSettings } from '../collect/late-charge.ts'
import { loadRoutesOf } from '../load/load-bill-routing.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import {
  idsOf,
  type Settled,
  type SettledCounts,
  isCounted,
  namedCharges,
} from '../collect/settle-outcomes.ts'
import { noteEnded } from '../collect/note-ended-cards.ts'

const NOTHING: SettledCounts = { paid: 0, failed: 0, waiting: 0 }

/**
 * Sends attempts on intents that were committed as `sending`, and settles their answers. One whose answer got lost is
 * looked up at once; what is still unknown then keeps its lease, and the worker looks it up again.
 */
export async function collectIntents(
  deps: BillingDeps,
  scope: BillingScope,
  attempts: readonly PaymentAttempt[],
  settings: SettleSettings,
): Promise<void> {
  const answers: AttemptOutcome[] = []
  const { returnUrl } = settings
  const sending = { ...deps, ...(returnUrl === undefined ? {} : { returnUrl }) }
  await sendAttempts(sending, scope.accountId, attempts, (answer) => answers.push(answer))
  await deps.onStep?.('sent')
  const { next } = await settleIntentAttempts(deps, scope, answers, settings)
  const lost = answers.filter(({ outcome }) => outcome.kind === 'unknown')
  const asked = lost.map(({ attempt }) => attempt)
  await lookUpIntents(deps, scope, asked, settings)
  await deps.onStep?.('settled')
  // Routes that go on after a decline are charged on at once. Every route ends, so this does.
  if (next.length > 0) await collectIntents(deps, scope, next, settings)
}

/** Asks the gateways about attempts on intents and settles what they tell. */
export async function lookUpIntents(
  deps: BillingDeps,
  scope: BillingScope,
  attempts: readonly PaymentAttempt[],
  settings: SettleSettings,
): Promise<SettledCounts> {
  const [first] = attempts
  if (first === undefined) return NOTHING
  const at = maxInstant(settings.atOf(first), ...attempts.map(settings.atOf))
  const answers: AttemptOutcome[] = []
  const given = { accountId: scope.accountId, at }
  await lookUpAttempts(deps, given, attempts, (answer) => answers.push(answer))
  // A customer who has to act still has to, whatever the gateway does not say.
  const told = answers.filter(
    ({ attempt, outcome }) => outcome.kind !== 'unknown' || attempt.state !== 'needs_action',
  )
  const { next, ...counts } = await settleIntentAttempts(deps, scope, told, settings)
  if (next.length > 0) await collectIntents(deps, scope, next, settings)
  return counts
}

/** How long each gateway that has just authorised something holds it. */
async function findHoldDays(
  deps: Pick<BillingDeps, 'gateways'>,
  accountId: Uuid,
  answers: readonly AttemptOutcome[],
): Promise<ReadonlyMap<Uuid, number>> {
  const held = answers.filter(
    ({ attempt, outcome }) => attempt.operation === 'authorize' && outcome.kind === 'succeeded',
  )
  const gatewayIds = [...new Set(held.map(({ attempt }) => attempt.gatewayId))]
  const found = await Promise.all(
    gatewayIds.map(async (gatewayId) => {
      const { port } = await deps.gateways.portOf(accountId, gatewayId)
      const { holdDays } = port.abilities
      return holdDays === undefined ? [] : [[gatewayId, holdDays] as const]
    }),
  )
  return new Map(found.flat())
}

/** The invoices that captures were made for: none of them is of a subscription. */
async function lockBills(
  tx: Tx,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
): Promise<ReadonlyMap<Uuid, BilledState>> {
  const ids = idsOf(attempts, (attempt) => attempt.invoiceId)
  if (ids.length === 0) return new Map()
  const invoices = await lockInvoices(tx, accountId, ids)
  const lines = await listInvoiceLines(tx, accountId, ids)
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  return new Map(
    invoices.map((invoice) => {
      const own = linesOf.get(invoice.id) ?? []
      return [invoice.id, { invoice, lines: own, renewal: null, billed: null }]
    }),
  )
}

export type SettleSettings = {
  /** The instant that each answer counts for. */
  readonly atOf: (attempt: PaymentAttempt) => Instant
  /** Where a customer who was sent to authenticate comes back to. */
  readonly returnUrl?: string
} & ToldSettings

/**
 * Feeds gateway answers about intents back in, in one transaction: intents and attempts are locked and loaded anew,
 * and answers to attempts that someone else has settled meanwhile are ignored.
 */
export async function settleIntentAttempts(
  deps: BillingDeps,
  scope: BillingScope,
  answers: readonly AttemptOutcome[],
  { atOf, returnUrl, ...told }: SettleSettings,
): Promise<Settled> {
  if (answers.length === 0) return { ...NOTHING, next: [] }
  const { accountId } = scope
  const counts = { ...NOTHING }
  const next: PaymentAttempt[] = []
  const holdDays = await findHoldDays(deps, accountId, answers)
  await deps.database.tx(
    async (tx) => {
      Object.assign(counts, NOTHING)
      next.length = 0
      const attempts = answers.map(({ attempt }) => attempt)
      const locked = await lockIntents(
        tx,
        accountId,
        idsOf(attempts, (attempt) => attempt.paymentIntentId),
      )
      const bills = await lockBills(tx, accountId, attempts)
      const [current, used, routesOn] = await Promise.all([
        lockAttempts(
          tx,
          accountId,
          idsOf(attempts, (attempt) => attempt.id),
        ),
        listUsedRoutes(
          tx,
          accountId,
          idsOf(attempts, (attempt) => attempt.paymentMethodId),
        ),
        loadRoutesOf(tx, scope, { answers, atOf }),
      ])
      const intents = new Map(locked.map((intent) => [intent.id, intent]))
      const attemptsById = new Map(current.map((attempt) => [attempt.id, attempt]))
      const routes = new Map(used.map((route) => [route.paymentMethodId, route]))
      const changes = emptyChangeSet()
      for (const { attempt: sent, outcome } of answers) {
        const attempt = attemptsById.get(sent.id)
        const intent = sent.paymentIntentId === null ? undefined : intents.get(sent.paymentIntentId)
        assert(attempt !== undefined, 'an answer belongs to an attempt of its account')
        assert(intent !== undefined, 'an attempt belongs to an intent of its account')
        const route = routes.get(attempt.paymentMethodId) ?? null
        const back = returnUrl === undefined ? {} : { returnUrl }
        const days = holdDays.get(attempt.gatewayId)
        const held = days === undefined ? {} : { holdDays: days }
        const bill = attempt.invoiceId === null ? undefined : bills.get(attempt.invoiceId)
        const own = { ...back, ...held, ...(bill === undefined ? {} : { bill }) }
        const state = { intent, attempt, route, ...own, ...routesOn.of.get(attempt.id) }
        const at = atOf(attempt)
        const decision = decideIntentSettlement(state, outcome, at, toolsOf(deps))
        if (decision.result === 'contradicted') {
          const late = { state, outcome, at, ...told }
          if (await bookLateIntentCharge(deps, { tx, scope, changes }, late)) counts.paid += 1
        } else if (isCounted(decision.result)) counts[decision.result] += 1
        routesOn.cards.note(decision.changes.newAttempts)
        addChanges(changes, decision.changes)
      }
      const nextId = () => deps.ids.next()
      const isRouted = routesOn.of.size > 0
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId, isRouted })
      await keepNetworkTransactions(tx, accountId, namedCharges(answers))
      next.push(...changes.newAttempts)
    },
    { retry: true },
  )
  await noteEnded(deps, scope, answers, atOf)
  return { ...counts, next }
}
