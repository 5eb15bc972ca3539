import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  handedOverAs,
  networkOf,
  networkOfDigits,
  unansweredAs,
  type GatewayFees,
  type OutsideCard,
  type OutsideView,
  type PastAttempt,
  type PlannerModel,
} from '@perennial/core/recovery'
import { addDays, maxInstant, MS_PER_DAY, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'
import { listCardTries } from '../../payments/index.ts'
import { plannerModelOf } from '../learning/account-evidence.ts'
import { OUTSIDE_TABLES } from '../learning/queries.ts'
import { listGatewayFees } from '../queries/tries.ts'
import type { RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { listCardHistory, type CardTry } from './queries/card-history.ts'
import { listSameCards, type SameCard } from './queries/same-cards.ts'
import { toDecline } from './rows.ts'

/**
 * Its gateway may have renewed the card behind a token, and tells nobody: after so long wrong data are held against it no longer. Whatever
 * else a network has forbidden stays forbidden.
 */
const WRONG_DATA_DAYS = 32

type Of = {
  readonly client: RecoveryClient
  readonly gatewayId: Uuid
  readonly tokens: readonly string[]
  /** What the biller tells of a card now. */
  readonly told?: { readonly token: string; readonly bin: string | null }
  readonly now: Instant
  /** Absent: nobody is there for what is charged now. */
  readonly isPresent?: boolean
}

/** All that a recovery is decided by, beside itself. */
export async function loadView(deps: OutsideDeps, tx: Tx, of: Of): Promise<OutsideView> {
  const { client, gatewayId, tokens, now } = of
  const key = { accountId: client.accountId, clientId: client.id, gatewayId, tokens }
  const [{ model, fees }, known, sameOf] = await Promise.all([
    knownOf(deps, tx, { accountId: client.accountId, now }),
    listCardHistory(tx, key),
    loadSame(tx, { ...key, environment: client.environment, now }),
  ])
  const byToken = Map.groupBy(known, ({ token }) => token)
  const cardOf = (token: string): OutsideCard => {
    const own = byToken.get(token) ?? []
    const [card] = own
    assert(card !== undefined, 'a card that is decided of was looked at')
    const tries = own.filter((one) => one.kind !== null)
    // Until its gateway has told, a card is what its biller last told of it.
    const told = of.told?.token === token ? of.told.bin : null
    const bin = told ?? tries.findLast((past) => past.bin !== null)?.bin ?? null
    const same = sameOf(token)
    const byDigits = bin === null ? 'other' : networkOfDigits(bin)
    const brand = card.brand ?? same.brand
    const network = brand === null ? byDigits : networkOf(brand)
    const { renewed_at: renewedAt } = card
    const cured = addDays(now, -WRONG_DATA_DAYS)
    const dataAt = renewedAt === null ? cured : maxInstant(cured, renewedAt)
    const history = tries.map(toPast).toSorted((a, b) => a.at - b.at)
    const visaAttemptsMax = card.visa_attempts_max
    const cap = visaAttemptsMax === null ? {} : { visaAttemptsMax }
    const country = card.country ?? same.country
    const described = { bin: card.first6, brand: card.brand, funding: card.funding, country }
    return { ...same.known, ...described, network, dataAt, renewedAt, history, ...cap }
  }
  return {
    now,
    zone: client.timezone,
    billingDay: client.billingCycleDay,
    policy: client.retryPolicy,
    model,
    gateway: of.gatewayId,
    fees,
    isCustomerPresent: of.isPresent === true,
    draw: drawOf(deps.ids.next()),
    cardOf,
  }
}

type Same = Pick<SameCard, 'brand' | 'country'> & {
  readonly known: Pick<OutsideCard, 'names' | 'elsewhere'>
}

const UNSHARED: Same = { brand: null, country: null, known: {} }

/**
 * What is known of these cards by other names that the account has for them: networks count a card and a merchant. In a
 * sandbox everybody uses the same test cards, so there each token of a client is a card.
 */
async function loadSame(
  tx: Tx,
  of: Parameters<typeof listSameCards>[1] & {
    readonly environment: RecoveryClient['environment']
    readonly now: Instant
  },
): Promise<(token: string) => Same> {
  const { accountId, environment, now } = of
  if (environment !== 'live') return () => UNSHARED
  const same = await listSameCards(tx, of)
  const tries = await listCardTries(tx, accountId, { cards: [...same.values()], at: now })
  return (token) => {
    const card = same.get(token)
    if (card === undefined) return UNSHARED
    const { fingerprint, methodIds, brand, country } = card
    // Gateways tell fingerprints of their own, and a method of ours may have none.
    const names = fingerprint === null ? methodIds : [...methodIds, fingerprint]
    return { brand, country, known: { names, elsewhere: tries.get(token) ?? [] } }
  }
}

function toPast(row: CardTry): PastAttempt {
  const { amount_minor: amountMinor, at } = row
  const { is_customer_present: isCustomerPresent } = row
  const charge = { amountMinor, currency: storedCurrency(row.currency), isCustomerPresent }
  const decline = toDecline(row.decline)
  switch (row.kind) {
    case 'handed':
      return handedOverAs({ ...charge, openedAt: at, firstDecline: decline })
    case 'live':
      return unansweredAs({ ...charge, at })
    case 'settled':
      return { ...charge, at, decline, approvalAdvice: row.advice_code }
    default:
      return assertNever(row.kind)
  }
}

/** Between 0 and 1, out of the random half of a fresh id. */
function drawOf(id: Uuid): number {
  return Number.parseInt(id.slice(-8), 16) / 2 ** 32
}

type Kept = {
  readonly model: PlannerModel
  readonly fees: ReadonlyMap<Uuid, GatewayFees>
  readonly readAtMs: number
  readonly at: Instant
}

const keptOf = new WeakMap<OutsideDeps['database'], Map<Uuid, Kept>>()
/** They are looked for this often; between, what was learned this minute is left out. */
const FRESH_MS = 60_000
const ACCOUNTS_KEPT = 200

/** What charges of such payments have taught, and what its gateways charge; in this process, for a minute. */
async function knownOf(
  deps: OutsideDeps,
  tx: Tx,
  of: { readonly accountId: Uuid; readonly now: Instant },
): Promise<Kept> {
  const { accountId, now } = of
  const kept = keptOf.get(deps.database) ?? new Map<Uuid, Kept>()
  keptOf.set(deps.database, kept)
  const known = kept.get(accountId)
  const nowMs = deps.clock.monotonicMs()
  const isFresh =
    known !== undefined &&
    nowMs - known.readAtMs < FRESH_MS &&
    Math.abs(now - known.at) < MS_PER_DAY
  if (isFresh) return known
  const model = await plannerModelOf(deps, tx, { accountId, at: now, tables: OUTSIDE_TABLES })
  const fees = await listGatewayFees(tx, accountId)
  const fresh = { model, fees, readAtMs: nowMs, at: now }
  if (kept.size >= ACCOUNTS_KEPT) kept.clear()
  kept.set(accountId, fresh)
  return fresh
}
