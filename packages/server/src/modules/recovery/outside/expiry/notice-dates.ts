import { addDays, parseInstant, type Instant } from '@perennial/core/time'

/** Days before the end of the month on which a client is told (own, spec/revtain.md 16.2). */
const FIRST_DAYS = 30
const SECOND_DAYS = 7

export type CardExpiry = { readonly expMonth: number; readonly expYear: number }

/** The first moment at which a card of this month is not taken any more. */
export function cardEndsAt({ expMonth, expYear }: CardExpiry): Instant | null {
  const year = expMonth === 12 ? expYear + 1 : expYear
  const month = expMonth === 12 ? 1 : expMonth + 1
  return parseInstant(
    `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01T00:00:00Z`,
  )
}

/** When a card whose end has just become known is told of: 30 days before, 7 days before, or never when it is over. */
export function firstNoticeAt(
  card: { readonly expMonth: number | null; readonly expYear: number | null },
  now: Instant,
): Instant | null {
  const { expMonth, expYear } = card
  if (expMonth === null || expYear === null) return null
  const endsAt = cardEndsAt({ expMonth, expYear })
  if (endsAt === null || endsAt <= now) return null
  const first = addDays(endsAt, -FIRST_DAYS)
  return first > now ? first : now
}

/** After a notice at `told`: the second one, where there is time for it. */
export function nextNoticeAt(card: CardExpiry, told: Instant): Instant | null {
  const endsAt = cardEndsAt(card)
  const second = endsAt === null ? null : addDays(endsAt, -SECOND_DAYS)
  return second !== null && second > told ? second : null
}
