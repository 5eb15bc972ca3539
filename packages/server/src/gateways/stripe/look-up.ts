import { uuidTimeMs } from '@perennial/core/ids'
import {
  type ChargeKey,
  type LookUpKey,
  type LookUpResult,
  unknownOutcome,
} from '@perennial/core/payments'
import { systemClock } from '../../platform/clock/index.ts'
import { readBoolean, readList, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { toFailure } from './failure.ts'
import { EXPAND, KEY_NAME, keyOf, toOutcome } from './payment-intent.ts'
import type { StripeApi } from './stripe-client.ts'

/**
 * The vendor's server gives up on a request long before this; what has not appeared by then was never made. It also
 * covers the minute that its search may be behind.
 */
export const ABSENT_AFTER_MS = 120_000

const PAGE = 100
/** Of a window: at the vendor's own limit of 100 requests a second, no more charges fit in two minutes. */
const PAGES_MAX = 200
/** A list that takes longer than this is given up: whoever waits has a lease that ends. */
const LISTING_MS_MAX = 15_000

/**
 * A charge by our key. The vendor has no such question, so three are asked: its search, whose yes is believed and whose no
 * is not (it is up to a minute behind, in an outage more: https://docs.stripe.com/search); then the list of intents, which
 * is never behind, around the times at which it was sent and of the last hour, in one of which a charge lies that the search cannot
 * have yet. A window with more in it than is read proves nothing.
 *
 * Sending the charge again with its key would tell too, as the vendor remembers keys for a day; but it would make the
 * charge if the first one had not arrived, and a look-up must not.
 */
export async function lookUp(api: StripeApi, key: LookUpKey): Promise<LookUpResult> {
  try {
    const id = (await findBySearch(api, key)) ?? (await findInLists(api, key))
    if (id === null) return { kind: 'absent' }
    const intent = await api.client.paymentIntents.retrieve(id, { expand: EXPAND })
    return { kind: 'found', outcome: toOutcome(intent) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

async function findBySearch(api: StripeApi, { idempotencyKey }: ChargeKey): Promise<string | null> {
  const query = `metadata["${KEY_NAME}"]:"${idempotencyKey}"`
  try {
    const found = await api.client.paymentIntents.search({ query, limit: 1 })
    return intentOf(pageOf(found).rows, idempotencyKey)
  } catch (error) {
    // Not every country's accounts may search; the lists tell all the same.
    if (toFailure(error).kind === 'refused') return null
    throw error
  }
}

type Window = { readonly gte: number; readonly lte?: number }
/** How long after it was sent a charge can have been made. */
const WINDOW_S = ABSENT_AFTER_MS / 1000
/** How far the search may be behind. */
const RECENT_S = 3_600
/** Their clock and ours may differ. */
const SKEW_S = 60

async function findInLists(
  api: StripeApi,
  { idempotencyKey, lastSentAt = null }: LookUpKey,
): Promise<string | null> {
  const sentMs = [uuidTimeMs(idempotencyKey), ...(lastSentAt === null ? [] : [lastSentAt])]
  for (const window of windowsOf(sentMs)) {
    const found = await findInWindow(api, window, idempotencyKey)
    if (found !== null) return found
  }
  return null
}

/** Where a charge lies that was sent at one of these times, oldest first; the last hour is read as one. */
function windowsOf(sentMs: readonly number[]): readonly Window[] {
  const recent = Math.floor(systemClock().now() / 1000) - RECENT_S
  const sent = sentMs.map((ms) => Math.floor(ms / 1000))
  const earliest = Math.min(...sent) - SKEW_S
  if (earliest >= recent) return [{ gte: earliest }]
  const old = sent.filter((at) => at - SKEW_S < recent)
  return [...old.map((at) => ({ gte: at - SKEW_S, lte: at + WINDOW_S })), { gte: recent }]
}

async function findInWindow(api: StripeApi, created: Window, key: string): Promise<string | null> {
  const clock = systemClock()
  const startedMs = clock.monotonicMs()
  let after: string | null = null
  for (let count = 0; count < PAGES_MAX; count += 1) {
    if (clock.monotonicMs() - startedMs > LISTING_MS_MAX) break
    const page = pageOf(
      await api.client.paymentIntents.list({
        created,
        limit: PAGE,
        ...(after === null ? {} : { starting_after: after }),
      }),
    )
    const id = intentOf(page.rows, key)
    if (id !== null) return id
    after = readText(page.rows.at(-1), 'id')
    if (!page.hasMore || after === null) return null
  }
  throw new Error('the list of charges is too long to read')
}

/** Throws for what is no list: then nothing is proven. */
export function pageOf(list: unknown): {
  readonly rows: readonly unknown[]
  readonly hasMore: boolean
} {
  const rows = readList(list, 'data')
  const hasMore = readBoolean(list, 'has_more')
  if (rows === null || hasMore === null) throw new Error('the gateway answered nonsense')
  return { rows, hasMore }
}

function intentOf(rows: readonly unknown[], key: string): string | null {
  return readText(
    rows.find((row) => keyOf(row) === key),
    'id',
  )
}
