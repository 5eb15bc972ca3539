import type { PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { noteEndedCards, type AttemptOutcome } from '../../payments/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/** Declines that say: this card is no more. An updater may know the next one. */
const ENDED: readonly string[] = [
  'expired_card',
  'invalid_account',
  'new_account_information_available',
]

/** Remembers which cards were declined as ended, in one statement for a batch, and in none where there are none. */
export async function noteEnded(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  answers: readonly AttemptOutcome[],
  atOf: (attempt: PaymentAttempt) => Instant,
): Promise<void> {
  const ended = answers.flatMap(({ attempt, outcome }) => {
    if (outcome.kind !== 'declined' || !ENDED.includes(outcome.decline.code)) return []
    return [{ paymentMethodId: attempt.paymentMethodId, at: atOf(attempt) }]
  })
  if (ended.length === 0) return
  await deps.database.statement((tx) => noteEndedCards(tx, accountId, ended))
}
