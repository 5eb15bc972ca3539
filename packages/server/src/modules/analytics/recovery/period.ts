import type { Currency } from '@perennial/core/money'
import { addDays, addMs, MS_PER_DAY, type Instant } from '@perennial/core/time'
import type { Period, SOURCES } from './queries.ts'

const DAYS_BY_DEFAULT = 30
const DAYS_MAX = 400

/** The period that is asked about: the last 30 days where nothing else is said. What begins at this very moment counts. */
export function toPeriod(
  asked: {
    readonly from?: Instant | undefined
    readonly to?: Instant | undefined
    readonly currency?: Currency | undefined
    readonly source?: (typeof SOURCES)[number] | undefined
  },
  now: Instant,
): Period {
  const to = asked.to ?? addMs(now, 1)
  const from = asked.from ?? addDays(to, -DAYS_BY_DEFAULT)
  return { from, to, source: asked.source ?? 'own', currency: asked.currency ?? null }
}

/** What is wrong with the start of a period, in a sentence; null where it will do. */
export function problemOfStart({ from, to }: Pick<Period, 'from' | 'to'>): string | null {
  if (from >= to) return 'It has to lie before the end of the period.'
  return to - from > DAYS_MAX * MS_PER_DAY ? `Ask for ${DAYS_MAX} days at most.` : null
}
