import type { Uuid } from '@perennial/core/ids'
import {
  addDays,
  formatInstant,
  minInstant,
  MS_PER_SECOND,
  addMs,
  type Instant,
} from '@perennial/core/time'
import type { Tx } from '../../../../platform/db/index.ts'
import { createCardUpdateLinks, LINK_LIFETIME_MS } from '../../../card-updates/index.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { insertDeliveries } from '../queries/deliveries.ts'
import { clientOf } from '../settle-outside.ts'
import { toDelivery } from '../webhooks/write-events.ts'
import { clientCardUrl } from '../links/client-card-url.ts'
import { cardEndsAt, nextNoticeAt } from './notice-dates.ts'
import { lockExpiring, setNotices, type ExpiringCard } from './queries.ts'

/** A card that nobody used for longer is not monitored (own, spec/revtain.md 16.2). */
const ACTIVE_DAYS = 396
const BATCH_MAX = 100

/** Tells clients of cards that expire before a renewal would fail; how many were looked at. */
export async function warnOfExpiry(
  deps: OutsideDeps,
  accountId: Uuid,
  given: { readonly until: Instant; readonly signal: AbortSignal },
): Promise<number> {
  let count = 0
  while (!given.signal.aborted) {
    const { until } = given
    const told = await deps.database.tx((tx) => warnBatch(deps, tx, { accountId, until }))
    count += told
    if (told < BATCH_MAX) break
  }
  return count
}

async function warnBatch(
  deps: OutsideDeps,
  tx: Tx,
  given: { readonly accountId: Uuid; readonly until: Instant },
): Promise<number> {
  const { accountId, until } = given
  const cards = await lockExpiring(tx, accountId, { until, limit: BATCH_MAX })
  if (cards.length === 0) return 0
  const expiring = cards.flatMap((card) => {
    const told = tellable(card, minInstant(card.notice_at, until))
    return told === null ? [] : [told]
  })
  await tell(deps, tx, { accountId, expiring })
  const noticeAtOf = new Map(expiring.map(({ card, noticeAt }) => [card, noticeAt]))
  const next = cards.map((card) => ({
    clientId: card.client_id,
    token: card.token,
    noticeAt: noticeAtOf.get(card) ?? lookAgainAt(card, minInstant(card.notice_at, until)),
  }))
  await setNotices(tx, accountId, next)
  return cards.length
}

type Expiring = {
  readonly card: ExpiringCard
  readonly expMonth: number
  readonly expYear: number
  readonly endsAt: Instant
  readonly noticeAt: Instant | null
}

/** A card that nobody uses may be used again by then. */
function lookAgainAt(card: ExpiringCard, at: Instant): Instant | null {
  const { exp_month: expMonth, exp_year: expYear } = card
  if (expMonth === null || expYear === null || card.is_replaced || isUsed(card, at)) return null
  return nextNoticeAt({ expMonth, expYear }, at)
}

function isUsed({ last_used_at: usedAt }: ExpiringCard, at: Instant): boolean {
  return usedAt !== null && usedAt >= addDays(at, -ACTIVE_DAYS)
}

/** Null for a card that nobody uses any more, that was replaced, or that is over. */
function tellable(card: ExpiringCard, at: Instant): Expiring | null {
  const { exp_month: expMonth, exp_year: expYear } = card
  if (expMonth === null || expYear === null || card.is_replaced || !isUsed(card, at)) return null
  const endsAt = cardEndsAt({ expMonth, expYear })
  if (endsAt === null || endsAt <= at) return null
  const noticeAt = nextNoticeAt({ expMonth, expYear }, at)
  return { card, expMonth, expYear, endsAt, noticeAt }
}

async function tell(
  deps: OutsideDeps,
  tx: Tx,
  given: { readonly accountId: Uuid; readonly expiring: readonly Expiring[] },
): Promise<void> {
  const { accountId, expiring } = given
  const lifetimeMs = LINK_LIFETIME_MS.absent
  const wanted = expiring.map(({ card }) => {
    const { client_id: clientId, token: paymentToken } = card
    return {
      owner: { kind: 'client', clientId, paymentToken, recoveryId: null } as const,
      lifetimeMs,
    }
  })
  const links = await createCardUpdateLinks(tx, deps, { accountId, wanted })
  const clientIds = [...new Set(expiring.map(({ card }) => card.client_id))]
  const clients = new Map(
    await Promise.all(
      clientIds.map(async (id) => [id, await clientOf(tx, { accountId, id })] as const),
    ),
  )
  const deliveries = expiring.flatMap(({ card, expMonth, expYear, endsAt }, index) => {
    const client = clients.get(card.client_id)
    const link = links[index]
    if (client === undefined || link === undefined) return []
    const body = {
      event: 'card.expiring_soon',
      paymentMethodToken: card.token,
      customerEmail: card.customer_email,
      expMonth,
      expYear,
      expiresOn: formatInstant(addMs(endsAt, -MS_PER_SECOND)).slice(0, 10),
      cardUpdateUrl: clientCardUrl(client, { publicUrl: deps.publicUrl, token: link.token }),
      cardUpdateExpiresAt: formatInstant(link.expiresAt),
    }
    return [toDelivery(deps, { client, recoveryId: null, body })]
  })
  await insertDeliveries(tx, deliveries)
}
