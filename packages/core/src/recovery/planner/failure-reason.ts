import {
  classifyDecline,
  explainDecline,
  isShortOfMoney,
  NEVER_SENT_ON,
  type Decline,
  type RefusedCard,
} from '../../declines/index.ts'
import type { FailureReason } from './evidence.ts'

/** What a refusal means for the next try. */
export function failureReasonOf(decline: Decline, card: RefusedCard | null = null): FailureReason {
  if (NEVER_SENT_ON.has(decline.code)) return 'gateway_down'
  const { reason } = explainDecline(decline.code)
  if (reason === 'lost_or_stolen' || reason === 'pickup_card') return 'card_ended'
  const { nature } = classifyDecline(decline, card)
  switch (nature) {
    case 'soft':
    case 'unknown':
      if (isShortOfMoney(decline)) return 'funds'
      return reason === 'over_limit' ? 'limit' : 'refusal'
    case 'technical':
    case 'reconcile':
      return reason === 'gateway_error' || reason === 'communication_error'
        ? 'gateway_down'
        : 'issuer_down'
    case 'new_data':
      return 'card_ended'
    case 'authenticate':
      return 'authentication'
    case 'hard':
    case 'set_up':
    case 'fraud':
    case 'stop':
      return 'final'
  }
}
