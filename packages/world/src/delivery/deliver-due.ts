import { type Context, record } from '../http/context.ts'
import { toNoticeBody } from '../http/notice-body.ts'
import { listNotices } from '../statements/list-notices.ts'
import { toNotice } from '../statements/notice.ts'
import { toEvents } from '../stripe/to-events.ts'
import type { Endpoint } from '../vault/endpoint.ts'
import type { Happening } from '../vault/timeline.ts'
import type { Letter } from './courier.ts'
import { muddle } from './muddle.ts'

const BATCH_MAX = 1000

export interface Moment {
  readonly account: string
  /** The newest business time that the account has shown. */
  readonly at: number
  readonly origin: string
}

/** An account that shows its time is told everything that fell due since it was told last. */
export function deliverDue(context: Context, moment: Moment): void {
  const endpoints = context.state.endpoints.get(moment.account)
  if (endpoints === undefined) return
  for (const endpoint of endpoints.values()) {
    if (endpoint.url !== null) deliverTo(context, endpoint, { ...moment, url: endpoint.url })
  }
}

function deliverTo(
  context: Context,
  endpoint: Endpoint,
  moment: Moment & { readonly url: string },
): void {
  const page = listNotices(context, endpoint, {
    after: endpoint.position,
    now: moment.at,
    limit: BATCH_MAX,
    tell: (happening) => tellTo(context, endpoint, { happening, origin: moment.origin }),
  })
  if (page.next === endpoint.position) return
  // Written first: what a crash keeps from being sent can still be asked for.
  record(context, { kind: 'endpoint_set', endpoint: { ...endpoint, position: page.next } })
  const { secret } = endpoint
  const letters = muddle(page.told, endpoint.delivery).map((body): Letter => {
    const signatureHeader = endpoint.dialect === 'stripe' ? 'stripe-signature' : 'x-world-signature'
    return { url: moment.url, signatureHeader, secret, body: JSON.stringify(body) }
  })
  context.courier.send(`${endpoint.account}\n${endpoint.id}`, letters)
}

function tellTo(
  context: Context,
  { dialect, types }: Endpoint,
  { happening, origin }: { readonly happening: Happening; readonly origin: string },
): object[] {
  if (dialect === 'stripe') {
    const isWanted = ({ type }: { readonly type: string }) =>
      types.includes('*') || types.includes(type)
    return toEvents(context, happening, origin).filter(isWanted)
  }
  const notice = toNotice(context, happening)
  return notice === null ? [] : [toNoticeBody(context, notice, { origin })]
}
