import type { Uuid } from '@perennial/core/ids'
import { failureReasonOf, type CaseTry, type WatchedAttempt } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { listCaseTries } from '../queries/tries.ts'
import type { Lessons } from './lessons.ts'
import { listAttempts, listAttemptsAfter, OWN_TABLES, type SeenAttempt } from './queries.ts'

/** The account's own charges. */
export const OWN_CHARGES: Lessons<SeenAttempt> = {
  tables: OWN_TABLES,
  source: 'own',
  listAfter: listAttemptsAfter,
  listByIds: listAttempts,
  toEvidence,
}

/** How charges ended, with what was known of the card within the same bill. */
async function toEvidence(
  tx: Tx,
  accountId: Uuid,
  settled: readonly SeenAttempt[],
): Promise<WatchedAttempt[]> {
  const cards = settled.filter((attempt) => attempt.isCard)
  const retried = cards.filter((attempt) => attempt.attemptNumber > 1)
  const invoiceIds = [...new Set(retried.flatMap(({ invoiceId }) => invoiceId ?? []))]
  const tries = invoiceIds.length === 0 ? new Map() : await listCaseTries(tx, accountId, invoiceIds)
  return cards.map((attempt) => {
    const before: readonly CaseTry[] =
      attempt.invoiceId === null ? [] : (tries.get(attempt.invoiceId) ?? [])
    const own = before.filter(
      (one) => one.paymentMethodId === attempt.paymentMethodId && one.at < attempt.at,
    )
    const last = (reason: string): Instant | null =>
      own.findLast(({ decline }) => failureReasonOf(decline) === reason)?.at ?? null
    return {
      traits: attempt.traits,
      gateway: attempt.gatewayId,
      currency: attempt.currency,
      card: attempt.paymentMethodId,
      at: attempt.at,
      failed: attempt.decline === null ? null : failureReasonOf(attempt.decline),
      isFirst: attempt.attemptNumber === 1,
      shortAt: last('funds'),
      refusedAt: last('refusal'),
      failedBefore: own.length,
    }
  })
}
