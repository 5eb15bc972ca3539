import { muddle } from '../../delivery/muddle.ts'
import { listMovements } from '../../statements/list-movements.ts'
import { listNotices } from '../../statements/list-notices.ts'
import { type Notice, toNotice } from '../../statements/notice.ts'
import type { Position } from '../../vault/endpoint.ts'
import { parseInstant } from '../../world-file/instant.ts'
import { type Answer, answerWith, refuse } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Context } from '../context.ts'
import { toNoticeBody } from '../notice-body.ts'
import { toInstant, toMovementBody } from '../wire.ts'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1000

/** GET /gateways/{id}/movements?from=&until=&cursor=&limit= */
export function showMovements(context: Context, call: Call, gatewayId: string): Answer {
  const { query, account, at } = call
  const from = readInstant(query.get('from'), 0)
  const until = readInstant(query.get('until'), at + 1)
  const after = readPosition(query.get('cursor'))
  const limit = readLimit(query.get('limit'))
  if (from === null || until === null || after === 'invalid' || limit === null) {
    return refuse('query_invalid')
  }
  const scope = { account, gatewayId }
  const page = listMovements(context, scope, { from, until, now: at, after, limit })
  return answerWith({
    data: page.movements.map(toMovementBody),
    next_cursor: page.next === null ? null : positionText(page.next),
  })
}

/** GET /gateways/{id}/notices?after=&limit=: what webhooks would tell, for callers whose clock is not the world's. */
export function showNotices(context: Context, call: Call, gatewayId: string): Answer {
  const { query, account, at } = call
  const after = readPosition(query.get('after'))
  const limit = readLimit(query.get('limit'))
  if (after === 'invalid' || limit === null) return refuse('query_invalid')
  const tell = (happening: Parameters<typeof toNotice>[1]): Notice[] => {
    const notice = toNotice(context, happening)
    return notice === null ? [] : [notice]
  }
  const start = after ?? { at: Number.MIN_SAFE_INTEGER, sequence: 0 }
  const scope = { account, gatewayId }
  const page = listNotices(context, scope, { after: start, now: at, limit, tell })
  const delivery = context.state.endpoints.get(account)?.get(`plain/${gatewayId}`)?.delivery
  const isUnmoved = page.next === start
  return answerWith({
    data: muddle(page.told, delivery).map((notice) => toNoticeBody(context, notice, call)),
    next: isUnmoved ? query.get('after') : positionText(page.next),
    has_more: page.hasMore,
    next_due_at: page.nextDueAt === null ? null : toInstant(page.nextDueAt),
  })
}

function positionText({ at, sequence }: Position): string {
  return `${at}.${sequence}`
}

function readPosition(text: string | null): Position | null | 'invalid' {
  if (text === null || text === '') return null
  const [, at, sequence] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  if (at === undefined || sequence === undefined) return 'invalid'
  return { at: Number(at), sequence: Number(sequence) }
}

function readInstant(text: string | null, otherwise: number): number | null {
  return text === null ? otherwise : parseInstant(text)
}

function readLimit(text: string | null): number | null {
  if (text === null) return LIMIT_DEFAULT
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1) return null
  return Math.min(Number(text), LIMIT_MAX)
}
