import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
  type JsonObject,
} from '../../../platform/wire/index.ts'
import type { NoticeRow } from './notice.ts'

const KINDS = ['charge', 'refund', 'dispute', 'method', 'return', 'void', 'other'] as const
const STATES = ['waiting', 'applied', 'ignored', 'parked'] as const

export const NoticeItem = Type.Object(
  {
    id: wireId('gateway_notice', 'Id of the notice here.'),
    object: oneOf(['gateway_notice'], { description: 'Always "gateway_notice".' }),
    gateway: wireId('gateway', 'The gateway that told it.'),
    gateway_notice_id: Type.String({ description: "The gateway's own id of it." }),
    kind: oneOf(KINDS, { description: 'What it is about.' }),
    source: oneOf(['webhook', 'pull'], {
      description: 'Whether the gateway called, or was asked.',
    }),
    state: oneOf(STATES, {
      description: 'parked: it could not be applied, and waits for a person; see reason.',
    }),
    reason: nullable(Type.String({ description: 'Why it is waiting, ignored or parked.' })),
    tries: Type.Integer({ description: 'How often it was tried to apply it.' }),
    payload: mapField('What was told, in the words that are the same for all gateways.'),
    told_at: timestamp('When it happened, by the gateway.'),
    received_at: timestamp('When it came in, real time.'),
    applied_at: nullable(timestamp('When it was applied or given up.')),
    next_try_at: nullable(timestamp('When it is tried again, real time.')),
  },
  { title: 'GatewayNotice', description: 'Something that a gateway told unasked, as it was kept.' },
)

export const NoticeParams = Type.Object({ id: idField('gateway_notice', 'Id of the notice.') })

export const AcceptBody = Type.Object({
  note: textField('Why it is what was to be paid; kept as its reason.', {
    minLength: 1,
    maxLength: 500,
  }),
})

export const DismissBody = Type.Object({
  note: textField('What was done about it; kept as its reason.', { minLength: 1, maxLength: 500 }),
})

export const NoticeListQuery = Type.Object({
  ...cursorQuery('gateway_notice'),
  state: Type.Optional(oneOf(STATES, { description: 'Only in this state.' })),
  kind: Type.Optional(oneOf(KINDS, { description: 'Only of this kind.' })),
})

export function toWireNotice(row: NoticeRow): Static<typeof NoticeItem> {
  return {
    id: encodeId('gateway_notice', row.id),
    object: 'gateway_notice',
    gateway: encodeId('gateway', row.gateway_id),
    gateway_notice_id: row.notice_id,
    kind: row.kind,
    source: row.source,
    state: row.state,
    reason: row.reason,
    tries: row.tries,
    payload: row.payload as JsonObject,
    told_at: formatInstant(row.told_at),
    received_at: formatInstant(row.received_at),
    applied_at: formatInstantOrNull(row.applied_at),
    next_try_at: formatInstantOrNull(row.next_try_at),
  }
}
