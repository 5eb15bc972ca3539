import { addBusinessDays } from './business-days.ts'
import type { Refund } from './charge.ts'
import type { ResolvedToken } from '../vault/resolve-token.ts'

/** Business days that a refund takes which is not there at once. */
const REFUND_DAYS = 3

const failure = {
  code: 'expired_or_canceled_card',
  message: 'The card of this refund has expired or was canceled.',
}

/** Refunds to cards arrive at once and those to bank accounts days later, apart from cards named after other ways. */
export function refundFate(
  token: ResolvedToken | null,
  at: number,
): Pick<Refund, 'decidedAt' | 'failure'> {
  const behaviour = token?.behaviour
  if (behaviour === undefined) return {}
  const decidedAt = addBusinessDays(at, REFUND_DAYS)
  if (behaviour.kind === 'bank') return { decidedAt }
  if (behaviour.kind !== 'refund') return {}
  switch (behaviour.ending) {
    case 'pending':
      return { decidedAt }
    case 'fail':
      return { failure }
    case 'fail_later':
      return { decidedAt, failure }
    case 'timeout':
      return {}
  }
}
