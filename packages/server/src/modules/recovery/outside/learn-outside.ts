import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  failureReasonOf,
  traitsOfCard,
  zoneOfCountry,
  type WatchedAttempt,
} from '@perennial/core/recovery'
import { parseTimeZone, type Instant, type TimeZone } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { learnFrom } from '../learning/learn-attempts.ts'
import type { Lessons } from '../learning/lessons.ts'
import { OUTSIDE_TABLES } from '../learning/queries.ts'
import type { OutsideDeps } from './outside-deps.ts'
import {
  listCharges,
  listChargesAfter,
  listRefusals,
  type Refusal,
  type SeenCharge,
} from './queries/lessons.ts'
import { toDecline } from './rows.ts'

/** Charges of what other billers have handed over. */
const OUTSIDE_CHARGES: Lessons<SeenCharge> = {
  tables: OUTSIDE_TABLES,
  source: 'handed_over',
  listAfter: listChargesAfter,
  listByIds: listCharges,
  toEvidence: async (tx: Tx, accountId, settled) => {
    const ids = [...new Set(settled.map(({ recovery_id: id }) => id))]
    return toEvidence(settled, await listRefusals(tx, accountId, ids))
  },
}

/** Learns from the charges of handed-over payments that were made since the last time. */
export function learnOutside(
  deps: Pick<OutsideDeps, 'database' | 'clock' | 'ids'>,
  of: { readonly accountId: Uuid; readonly at: Instant },
): Promise<void> {
  return learnFrom(deps, OUTSIDE_CHARGES, of)
}

/**
 * What settled charges, oldest first, teach of the cards of outside billers. What the biller's own charge ended with is where the
 * first retry begins. `refusals`: of the same recoveries, oldest first.
 */
export function toEvidence(
  settled: readonly SeenCharge[],
  refusals: readonly Refusal[],
): WatchedAttempt[] {
  const refusalsOf = Map.groupBy(refusals, keyOf)
  return settled.map((charge) => {
    const { card_bin: bin, card_country: country, brand, funding, created_at: at } = charge
    const before = (refusalsOf.get(keyOf(charge)) ?? []).filter((one) => one.created_at < at)
    const last = (reason: string): Instant | null =>
      before.findLast(({ decline }) => reasonOf(decline) === reason)?.created_at ?? null
    const handed = handedOverWith(charge)
    return {
      traits: { ...traitsOfCard({ bin, brand, funding, country }), zone: zoneOf(charge) },
      gateway: charge.gateway_id,
      currency: charge.currency,
      card: charge.token,
      at,
      failed: reasonOf(charge.decline),
      isFirst: false,
      shortAt: last('funds') ?? handed.shortAt,
      refusedAt: last('refusal') ?? handed.refusedAt,
      failedBefore: before.length + (charge.handed_at === null ? 0 : 1),
    }
  })
}

function keyOf({ recovery_id: id, token }: Pick<Refusal, 'recovery_id' | 'token'>): string {
  return `${id} ${token}`
}

function reasonOf(stored: unknown): WatchedAttempt['failed'] {
  const decline = toDecline(stored)
  return decline === null ? null : failureReasonOf(decline)
}

/** As it is asked: by the client's clock where nobody knows the card's country. */
function zoneOf({ card_country: country, timezone }: SeenCharge): TimeZone {
  if (country !== null) return zoneOfCountry(country)
  const zone = parseTimeZone(timezone)
  assert(zone !== null, 'a recovery client has a known time zone')
  return zone
}

/** One that was tried at once says nothing of waiting: when the biller's own charge was made is not told. */
function handedOverWith({
  handed_at: handedAt,
  handed_decline: told,
  created_at: at,
}: SeenCharge): Pick<WatchedAttempt, 'shortAt' | 'refusedAt'> {
  const reason = handedAt === null || handedAt >= at ? null : reasonOf(told)
  return {
    shortAt: reason === 'funds' ? handedAt : null,
    refusedAt: reason === 'refusal' ? handedAt : null,
  }
}
