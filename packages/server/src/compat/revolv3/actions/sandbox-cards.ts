import { assertNever } from '@perennial/core/fault'
import type { TokenizeRequest } from '@perennial/core/payments'
import {
  addDays,
  formatPlainDate,
  plainDateAt,
  type Instant,
  type TimeZone,
} from '@perennial/core/time'

/** Test cards of this face that the card world knows as something else (spec/revolv3.md 15), by what they act as there. */
const CARDS: Readonly<Record<string, 'hard' | 'soft_today'>> = {
  '4000000000000069': 'hard',
  '4000000000000101': 'soft_today',
}

/** The world's name for how a test card or account behaves; null where its number says so itself. */
export function sandboxToken(
  instrument: TokenizeRequest['instrument'],
  at: { readonly now: Instant; readonly zone: TimeZone },
): string | null {
  if (instrument.kind === 'bank')
    return instrument.bank.accountNumber.endsWith('9') ? 'tok_ach_return_R01' : 'tok_ach'
  const acts = CARDS[instrument.card.number] ?? 'as_its_number_says'
  switch (acts) {
    case 'hard':
      return 'tok_decline_stolen_card'
    case 'soft_today': {
      const tomorrow = formatPlainDate(plainDateAt(addDays(at.now, 1), at.zone))
      return `tok_decline_until_${tomorrow.replaceAll('-', '')}_insufficient_funds`
    }
    case 'as_its_number_says':
      return null
    default:
      return assertNever(acts)
  }
}
