import { assertNever } from '@perennial/core/fault'
import type { Books } from '../statements/books.ts'
import type { Notice } from '../statements/notice.ts'
import { newsOfToken } from '../tokens/news-of-token.ts'
import { resolveToken } from '../vault/resolve-token.ts'
import { toChargeBody, toDisputeBody, toInstant, toInstrumentBody, toRefundBody } from './wire.ts'

/** A notice in the plain dialect: the thing as it stood when the notice fell due. */
export function toNoticeBody(books: Books, notice: Notice, caller: { readonly origin: string }) {
  const { id, at, kind } = notice
  const head = { id, kind, time: toInstant(at) }
  switch (kind) {
    case 'charge': {
      const shown = { token: null, origin: caller.origin, at }
      return { ...head, charge: toChargeBody(notice.charge, shown) }
    }
    case 'refund':
      return { ...head, refund: toRefundBody(notice.refund, at) }
    case 'dispute':
      return { ...head, change: notice.change, dispute: toDisputeBody(notice.disputed) }
    case 'return': {
      const { returnCode, code, message } = notice.returned
      const { charge } = notice
      return { ...head, charge_id: charge.id, return_code: returnCode, code, message }
    }
    case 'token':
      return { ...head, ...toTokenNews(books, notice) }
    default:
      return assertNever(kind)
  }
}

function toTokenNews(
  { world, state }: Books,
  { watch, at }: Extract<Notice, { kind: 'token' }>,
): object {
  const resolution = resolveToken(world, state, { ...watch, at })
  const { token, instrument } = watch
  if (resolution.kind === 'refused') return { token, instrument, change: 'closed', card: null }
  const { resolved } = resolution
  const change = newsOfToken(resolved.behaviour)?.change ?? 'updated'
  return {
    token,
    instrument,
    change,
    card: change === 'closed' ? null : toInstrumentBody(resolved),
  }
}
