import {
  type Charge,
  type Refund,
  chargeAt,
  refundStatusAt,
  takenBackAt,
} from '../charges/charge.ts'
import { endsDispute } from '../disputes/dispute.ts'
import { type OpenedDispute, findDispute } from '../disputes/disputes-of-charge.ts'
import type { TokenWatch } from '../vault/state.ts'
import type { Happening } from '../vault/timeline.ts'
import type { Decline } from '../judging/decline-codes.ts'
import type { Books } from './books.ts'

/** Something that a gateway tells unasked, as things stood at `at`. */
export type Notice = { readonly id: string; readonly at: number } & (
  | { readonly kind: 'charge'; readonly charge: Charge }
  | { readonly kind: 'refund'; readonly refund: Refund; readonly charge: Charge }
  | {
      readonly kind: 'dispute'
      readonly change: 'opened' | 'updated' | 'closed'
      readonly disputed: OpenedDispute
    }
  | { readonly kind: 'token'; readonly watch: TokenWatch }
  | { readonly kind: 'return'; readonly charge: Charge; readonly returned: Decline }
)

/** Null for what the plain dialect does not tell: it has been answered already, or it did not come true. */
export function toNotice(books: Books, happening: Happening): Notice | null {
  const { kind, id, at } = happening
  const head = { id: `nt_${kind}_${id.replaceAll('\n', '_')}`, at }
  switch (kind) {
    case 'debit_decided':
    case 'challenge_answered': {
      const charge = books.state.charges.get(id)
      if (charge === undefined || charge.isVoided) return null
      return { ...head, kind: 'charge', charge: chargeAt(charge, at) }
    }
    case 'debit_taken_back':
      return ofReturn(books, happening, head)
    case 'refund_decided':
      return ofRefund(books, happening, head)
    case 'dispute_opened':
    case 'dispute_updated':
    case 'dispute_due':
    case 'dispute_closed':
      return ofDispute(books, happening, head)
    case 'token_changed': {
      const watch = books.state.watches.get(id)
      // A card may change more than once.
      return watch === undefined ? null : { id: `${head.id}_${at}`, at, kind: 'token', watch }
    }
    default:
      return null
  }
}

type Head = { readonly id: string; readonly at: number }

function ofReturn({ state }: Books, { id, at }: Happening, head: Head): Notice | null {
  const charge = state.charges.get(id)
  const returned = charge === undefined ? null : takenBackAt(charge, at)
  if (charge === undefined || returned === null) return null
  return { ...head, kind: 'return', charge, returned }
}

function ofRefund({ state }: Books, { id, at }: Happening, head: Head): Notice | null {
  const refund = state.refundIds.get(id)
  const charge = refund === undefined ? undefined : state.charges.get(refund.chargeId)
  if (refund === undefined || charge === undefined) return null
  return refundStatusAt(refund, at) === 'pending'
    ? null
    : { ...head, kind: 'refund', refund, charge }
}

function ofDispute({ state }: Books, happening: Happening, head: Head): Notice | null {
  const { id, at, kind } = happening
  const disputed = findDispute(state, id, at)
  if (disputed === null) return null
  if (kind === 'dispute_opened') return { ...head, kind: 'dispute', change: 'opened', disputed }
  if (kind === 'dispute_updated') return { ...head, kind: 'dispute', change: 'updated', disputed }
  if (!endsDispute(disputed.dispute, happening)) return null
  return { ...head, kind: 'dispute', change: 'closed', disputed }
}
