import { assert } from '../../fault/index.ts'
import type { RefundOutcome } from '../../payments/index.ts'
import {
  decideRefund,
  type RefundableSale,
  type RefundDecided,
  type RefundGiven,
} from './refund.ts'
import { decideRefundSettlement } from './refund-settle.ts'

/** A refund that a gateway tells of and nobody asked for here. `id` becomes its own. */
export type ToldRefund = Pick<Parameters<typeof decideRefund>[1], 'id' | 'realNow'> & {
  readonly amountMinor: bigint
  readonly outcome: Extract<RefundOutcome, { readonly kind: 'succeeded' }>
}

/** Somebody gave money back at the gateway. It has gone, so that the refund is written with its end. */
export function decideToldRefund(
  state: RefundableSale,
  { outcome, ...told }: ToldRefund,
  given: Omit<RefundGiven, 'ability'>,
): RefundDecided {
  const wish = { ...told, mode: 'at_once', reason: null, reasonDetails: null } as const
  const asked = decideRefund(
    state,
    { ...wish, creditNoteId: null },
    { ...given, ability: 'partial' },
  )
  if (asked.kind === 'refused') return asked
  const refunding = { ...asked.after, refund: asked.refund, posted: [], note: null }
  const { changes } = decideRefundSettlement(refunding, outcome, given.at, given.tools)
  const [refund] = changes.changedRefunds
  assert(refund !== undefined, 'a refund that waits for its answer is settled by it')
  const { newTransactions, transfers } = changes
  const facts = [...asked.changes.facts, ...changes.facts]
  const written = { ...asked.changes, newRefunds: [refund], newTransactions, transfers, facts }
  return { ...asked, refund, changes: written }
}
