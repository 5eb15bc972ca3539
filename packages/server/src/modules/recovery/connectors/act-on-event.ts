import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  cancelOutside,
  holdOutside,
  lastChanceOutside,
  moveOutside,
  withDue,
  type OutsideRecovery,
  type OutsideStep,
  type OutsideView,
} from '@perennial/core/recovery'
import { addMs, MS_PER_DAY } from '@perennial/core/time'
import { accountNow } from '../../../platform/clock/index.ts'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import type { RecoveryClient } from '../outside/clients/client.ts'
import { decideRows } from '../outside/decide-rows.ts'
import { handOver } from '../outside/hand-over.ts'
import { cardsOf, lockCards } from '../outside/lock-cards.ts'
import { logPulse } from '../outside/log-pulse.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { tokensOf, toRecovery, type OutsideAttempt, type StoredRecovery } from '../outside/rows.ts'
import { runAttempts } from '../outside/run-attempts.ts'
import { clientOf, writeSteps } from '../outside/settle-outside.ts'
import { askBill, LATER, type BillNow } from './ask-bill.ts'
import type { Connector, PlatformEvent, PlatformFailure } from './connector.ts'
import type { ClaimedEvent } from './queries/events.ts'
import {
  findBillHistory,
  listWaitingBills,
  lockOpenOf,
  notePaidThere,
  type Place,
} from './queries/bills.ts'
import { reachPlatform, type Reached } from './reach-platform.ts'

type Acting = Reached & { readonly claimed: ClaimedEvent; readonly client: RecoveryClient }

/** Does what an event asks for; says in words what came of it. Throws where the platform is silent: it is tried again. */
export async function actOnEvent(
  deps: OutsideDeps,
  claimed: ClaimedEvent,
  event: PlatformEvent,
): Promise<string> {
  const key = { accountId: claimed.account_id, id: claimed.client_id }
  const client = await deps.database.tx((tx) => clientOf(tx, key))
  const reached = reachPlatform(deps, {
    connectorId: claimed.connector_id,
    platform: claimed.platform,
    credentialsSealed: claimed.credentials_sealed,
    environment: claimed.environment,
  })
  const acting: Acting = { ...reached, claimed, client }
  switch (event.kind) {
    case 'failed':
      return openRecoveries(deps, acting, event.failures)
    case 'card_replaced':
      return moveToCard(deps, acting, event)
    case 'paid':
      return hearPayment(deps, acting, event)
    case 'last_chance':
      return takeLastChance(deps, acting, event.subscriptionId)
    case 'ignored':
      return `Nothing to do for ${event.type}.`
    default:
      return assertNever(event)
  }
}

/**
 * One after the other, so that each counts for the networks when the next is decided. Throws when all were looked at and one of
 * them has to be again: those that are being recovered are left as they are then.
 */
async function openRecoveries(
  deps: OutsideDeps,
  acting: Acting,
  failures: readonly PlatformFailure[],
): Promise<string> {
  const results: string[] = []
  const problems: unknown[] = []
  for (const failure of failures) {
    try {
      results.push(await openRecovery(deps, acting, failure))
    } catch (problem) {
      problems.push(problem)
    }
  }
  if (problems.length > 0) throw problems[0]
  return results.join(' ')
}

async function openRecovery(
  deps: OutsideDeps,
  acting: Acting,
  failure: PlatformFailure,
): Promise<string> {
  const { connector, reach, claimed, client } = acting
  const { account_id: accountId, connector_id: connectorId } = claimed
  const { invoiceId, customerId, subscriptionId } = failure
  const of = { accountId, connectorId, invoiceId }
  const before = await deps.database.statement((tx) => findBillHistory(tx, of))
  if (before?.isOpen === true) return `The bill ${invoiceId} is being recovered already.`
  // What the platform says of it is not to be believed.
  if (before?.isOwed === true)
    return `The bill ${invoiceId} was paid here; the platform is still to be told.`
  if (before !== null && isOwnTry(acting, before.latest, failure))
    return `The platform told of our own try of the bill ${invoiceId}.`
  const bill = await connector.readBill(reach, failure)
  if (bill === null) return `The platform knows no bill ${invoiceId}.`
  if (bill.state === 'busy') return `A payment of the bill ${invoiceId} is on its way.`
  if (bill.state !== 'open') return `The bill ${invoiceId} is ${bill.state}; nothing to recover.`
  if (bill.dueMinor <= 0n) return `Nothing is due on the bill ${invoiceId}.`
  const token = failure.token ?? bill.token ?? (await findToken(acting, failure))
  if (token === null)
    throw new Error(`The platform has no card or token for the bill ${invoiceId}.`)
  const answer = await handOver(deps, client, {
    token,
    amountMinor: bill.dueMinor,
    currency: bill.currency,
    originalDeclineCode: failure.declineCode ?? bill.declineCode,
    idempotencyKey: `${keyStart(connector, failure)}${failure.billingAttemptId}`,
    isPresent: false,
    isTrialConversion: false,
    returnUrl: null,
    fallbackTokens: [],
    methodType: null,
    country: null,
    bin: null,
    customerEmail: failure.email ?? bill.email,
    simulate: null,
    connected: {
      connectorId,
      collects: connector.collects,
      dialect: connector.dialect,
      place: { invoiceId, customerId, subscriptionId },
      latestId: before?.latest.id ?? null,
    },
  })
  switch (answer.kind) {
    case 'taken':
      return `A recovery of the bill ${invoiceId} was begun; it is ${answer.recovery.state}.`
    case 'duplicate':
      return answer.by === 'bill'
        ? `The bill ${invoiceId} is being recovered already.`
        : 'The same failure was handed over before.'
    case 'refused':
      throw new Error(
        answer.code === 'no_gateway'
          ? 'The account has no enabled gateway to charge at.'
          : `The platform's token is none of the client's gateway; they look like ${answer.message}.`,
      )
    default:
      return assertNever(answer)
  }
}

/**
 * Whether a failure is the news of a charge that the platform made for us, which began no recovery. It counted a number when
 * the latest one was begun, and each of its charges since. Where it tells no number, what comes soon after a charge is its news.
 */
function isOwnTry(
  { connector, claimed, client }: Acting,
  latest: StoredRecovery,
  failure: PlatformFailure,
): boolean {
  const { triesCounted: counted } = failure
  if (counted === undefined || latest.attempts_made === 0) return false
  const start = keyStart(connector, failure)
  const countedThen = Number(latest.idempotency_key?.slice(start.length) ?? Number.NaN)
  if (counted !== null && Number.isInteger(countedThen))
    return counted <= countedThen + latest.attempts_made
  const heardAt = accountNow(client, claimed.received_at)
  return heardAt < addMs(latest.last_attempt_at, REPEATED_MS)
}

/** As long as ReCharge repeats what it could not deliver (docs.getrecharge.com, "Webhooks"). */
const REPEATED_MS = 2 * MS_PER_DAY

function keyStart({ platform }: Connector, { invoiceId }: PlatformFailure): string {
  return `${platform}:${invoiceId}:`
}

async function findToken(
  { connector, reach }: Acting,
  of: Pick<PlatformFailure, 'customerId' | 'paymentSourceId'>,
): Promise<string | null> {
  const { customerId, paymentSourceId } = of
  if (connector.findToken === undefined || customerId === null) return null
  return connector.findToken(reach, { customerId, paymentSourceId })
}

async function moveToCard(
  deps: OutsideDeps,
  acting: Acting,
  event: Extract<PlatformEvent, { kind: 'card_replaced' }>,
): Promise<string> {
  const { customerId } = event
  const token = event.token ?? (await findToken(acting, event))
  if (token === null) return `The platform told no token of the new card of ${customerId}.`
  const moved = await continueOpen(deps, acting, {
    of: { customerId },
    tokens: [token],
    passedOver: event.isTokenNew === true ? token : null,
    isForAll: true,
    decide: (recovery, view) => moveOutside(recovery, token, view),
  })
  return `The new card took the place of the old one in ${moved} recoveries.`
}

async function takeLastChance(
  deps: OutsideDeps,
  acting: Acting,
  subscriptionId: string,
): Promise<string> {
  const invoiceIds = await acting.connector.listOpenBills?.(acting.reach, subscriptionId)
  const places = invoiceIds?.map((invoiceId) => ({ invoiceId })) ?? [{ subscriptionId }]
  let tried = 0
  for (const of of places) {
    tried += await continueOpen(deps, acting, {
      of,
      tokens: null,
      passedOver: null,
      isForAll: false,
      decide: lastChanceOutside,
    })
  }
  return `Tried ${tried} recoveries for the last time.`
}

type Continue = {
  readonly of: Place
  /** What is charged from now on; null = each one's own. */
  readonly tokens: readonly string[] | null
  /** What goes on with this card already is left as it is. */
  readonly passedOver: string | null
  /** Whether it holds as well of what is being charged, or paid, already. */
  readonly isForAll: boolean
  readonly decide: (recovery: OutsideRecovery, view: OutsideView) => OutsideStep
}

/** Decides again what goes on, and charges what follows at once; how many there were. */
async function continueOpen(deps: OutsideDeps, acting: Acting, given: Continue): Promise<number> {
  const bills = await listStillOpen(deps, acting, given.of)
  const { count, attempts } = await deps.database.tx(async (tx) => {
    const { account_id: accountId, connector_id: connectorId } = acting.claimed
    const rows = await lockOpenOf(tx, { accountId, connectorId, ...given.of })
    const reached = rows.filter(({ id, handed_token: token, next_attempt_at: nextAt }) => {
      if (token === given.passedOver) return false
      const bill = bills.get(id)
      if (nextAt === null || bill?.kind === 'busy') return given.isForAll
      return bill?.kind === 'due'
    })
    const { client } = acting
    const now = accountNow(client, deps.clock.now())
    const cards = reached.flatMap((row) => cardsOf(row, given.tokens ?? tokensOf(toRecovery(row))))
    await lockCards(tx, accountId, cards)
    const tokens = cards.map(({ token }) => token)
    const decide = (recovery: OutsideRecovery, view: OutsideView) => {
      const bill = bills.get(recovery.id)
      // What it is being charged for stays what it is.
      if (recovery.nextAttemptAt === null || bill?.kind !== 'due') {
        const held = { reason: LATER.busy.reason, until: addMs(now, LATER.busy.afterMs) }
        return holdOutside(recovery, given.decide(recovery, view), held)
      }
      return given.decide(withDue(recovery, bill.due), view)
    }
    const of = { client, rows: reached, tokens, now, decide }
    const decided = await decideRows(deps, tx, of)
    return { count: reached.length, attempts: await writeSteps(deps, tx, decided) }
  })
  const at = (attempt: OutsideAttempt) => attempt.createdAt
  await eachConcurrently(attempts, 4, async (attempt) => {
    await runAttempts(deps, attempt, { at, isPresent: false })
  })
  return count
}

/**
 * What the bills of those that wait are where they live, unless nothing is to be collected for them any more. Whoever brings a
 * new card may have paid with it there; such a recovery ends when it is due.
 */
async function listStillOpen(
  deps: OutsideDeps,
  acting: Acting,
  place: Continue['of'],
): Promise<ReadonlyMap<Uuid, BillNow>> {
  const { account_id: accountId, connector_id: connectorId } = acting.claimed
  const of = { accountId, connectorId, ...place }
  const rows = await deps.database.statement((tx) => listWaitingBills(tx, of))
  const bills = new Map<Uuid, BillNow>()
  await eachConcurrently(rows, 4, async (row) => {
    bills.set(row.recovery_id, await askBill(acting, row))
  })
  return bills
}

/** Money that came without us ends a recovery that waits; where there never was one, it needed no help. */
async function hearPayment(
  deps: OutsideDeps,
  acting: Acting,
  event: Extract<PlatformEvent, { kind: 'paid' }>,
): Promise<string> {
  const { connector, reach, claimed, client } = acting
  const { account_id: accountId, connector_id: connectorId } = claimed
  const { reference, amountMinor, currency, invoiceId: told } = event
  const found = told === undefined ? await connector.findInvoice?.(reach, reference) : told
  const invoiceId = found ?? null
  const heard = await deps.database.tx(async (tx) => {
    if (invoiceId === null) return 'organic' as const
    const of = { accountId, connectorId, invoiceId }
    const open = await lockOpenOf(tx, of)
    // Where a charge of ours is out, its own answer tells whose money this is.
    if (open.some((row) => row.next_attempt_at === null)) return 'ours' as const
    const at = accountNow(client, deps.clock.now())
    const reason = 'The bill was paid where it lives.'
    const decided = open.flatMap((row) => {
      const recovery = cancelOutside(toRecovery(row), { reason, at })
      const { gateway_id: gatewayId } = row
      const step = { recovery, isAttempting: false }
      return gatewayId === null ? [] : [{ row, client, gatewayId, step }]
    })
    await writeSteps(deps, tx, decided)
    const before = await findBillHistory(tx, of)
    if (before === null) return 'organic' as const
    if (open.length === 0 && before.isWon) return 'ours' as const
    await notePaidThere(tx, { ...of, at })
    return open.length > 0 ? ('canceled' as const) : ('late' as const)
  })
  if (heard === 'ours') return 'The payment is our own.'
  if (heard === 'canceled') return `The bill ${invoiceId} was paid elsewhere; its recovery ended.`
  if (heard === 'late') return `The bill ${invoiceId} was paid elsewhere after its recovery.`
  await logPulse(deps, client, { amountMinor, currency, transactionId: reference })
  return 'A payment that needed no help was counted.'
}
