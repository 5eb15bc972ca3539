import type { Invoice } from '../../invoices/index.ts'
import type { Work } from '../state/state.ts'
import { billOnce, type OnceLine } from './bill-once.ts'
import { restMinor } from '../recycling/parts-left.ts'
import type { RecyclingState } from '../recycling/terms.ts'

/** Checked in this order. */
export type ExtraRefusal = 'not_begun' | 'nothing_to_pay' | 'above_rest' | 'no_payment_method'

export type ExtraDecision =
  /** `restMinor`: what may be paid at most. */
  | { readonly kind: 'refused'; readonly code: ExtraRefusal; readonly restMinor: bigint }
  | { readonly kind: 'accepted'; readonly invoice: Invoice }

/**
 * Bills a part of what is left of an installment and charges it at once (spec/revolv3.md 11). Once it is paid, the last
 * parts are not asked for any more.
 */
export function billExtra(
  state: RecyclingState,
  wanted: Parameters<typeof billOnce>[1],
  work: Work,
): ExtraDecision {
  const { status, cycle } = state.subscription
  const rest = restMinor(state)
  const refused = (code: ExtraRefusal) => ({ kind: 'refused', code, restMinor: rest }) as const
  if (cycle < 0 || (status !== 'active' && status !== 'past_due')) return refused('not_begun')
  const netMinor = netOf(wanted.lines)
  if (netMinor <= 0n) return refused('nothing_to_pay')
  if (netMinor > rest) return refused('above_rest')
  const invoice = billOnce(state, wanted, work)
  return invoice === null ? refused('no_payment_method') : { kind: 'accepted', invoice }
}

function netOf(lines: readonly OnceLine[]): bigint {
  return lines.reduce((sum, line) => sum + line.amountMinor, 0n)
}
