import { isUuid } from '@perennial/core/ids'
import {
  listedRefundNotice,
  type GatewayMovement,
  type MovementKind,
  type MovementPage,
  type MovementsQuery,
} from '@perennial/core/payments'
import { formatInstant, parseInstant } from '@perennial/core/time'
import { readList, readText } from '../../platform/foreign/index.ts'
import { readCurrency, readMinor } from './money.ts'
import { nonsense, type WorldLine } from './world-line.ts'

const KINDS: readonly MovementKind[] = [
  'charge',
  'refund',
  'dispute',
  'dispute_reversal',
  'fee',
  'payout',
  'adjustment',
]

const PAGE_LINES = '500'

export async function listMovements(line: WorldLine, query: MovementsQuery): Promise<MovementPage> {
  const search = new URLSearchParams({
    from: formatInstant(query.from),
    until: formatInstant(query.until),
    limit: PAGE_LINES,
    ...(query.cursor === null ? {} : { cursor: query.cursor }),
  })
  const path = `/movements?${search.toString()}`
  const answer = await line.call({ method: 'GET', path, key: query })
  const lines = answer.status === 200 ? readList(answer.body, 'data') : null
  if (lines === null) throw new Error(nonsense(answer))
  const nextCursor = readText(answer.body, 'next_cursor')
  return { movements: lines.map(toMovement), nextCursor }
}

/** Throws for a line that makes no sense: a list with gaps would look like money that is missing. */
function toMovement(line: unknown): GatewayMovement {
  const reference = readText(line, 'reference')
  const kind = KINDS.find((one) => one === readText(line, 'kind'))
  const [amountMinor, feeMinor] = [readMinor(line, 'amount_minor'), readMinor(line, 'fee_minor')]
  const currency = readCurrency(line)
  const at = parseInstant(readText(line, 'time') ?? '')
  const isWhole = reference !== null && kind !== undefined && currency !== null && at !== null
  if (!isWhole || amountMinor === null || feeMinor === null) {
    throw new Error('the gateway lists a movement that makes no sense')
  }
  const key = readText(line, 'idempotency_key') ?? ''
  const shared = {
    chargeReference: readText(line, 'charge_id'),
    idempotencyKey: isUuid(key) ? key : null,
    currency,
    at,
  }
  const payoutReference = readText(line, 'payout')
  const movement = { ...shared, reference, kind, amountMinor, feeMinor, payoutReference }
  const refundReference = kind === 'refund' ? readText(line, 'source_id') : null
  if (refundReference === null) return movement
  const notice = listedRefundNotice({ ...shared, refundReference, amountMinor: -amountMinor })
  return { ...movement, notice }
}
