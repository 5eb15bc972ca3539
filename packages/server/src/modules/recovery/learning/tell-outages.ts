import { encodeId, type Uuid } from '@perennial/core/ids'
import { isOutageOver, type Evidence, type SuspectedOutage } from '@perennial/core/recovery'
import { formatInstant, formatInstantOrNull, minInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'
import { type NewEvent, recordEvents } from '../../../platform/outbox/index.ts'
import {
  planWaitingAnew,
  saveOutages,
  type OutageNow,
  type OutageRow,
  type OutageSource,
} from '../queries/outages.ts'
import { listGatewayCodes } from '../queries/tries.ts'

type Told = {
  readonly accountId: Uuid
  readonly source: OutageSource
  /** Those that were suspected before the last charges were learned. */
  readonly before: Evidence['outages']
  readonly after: Evidence['outages']
  readonly at: Instant
}

/** Keeps what is suspected of gateways, and tells by events what is new or over. Nothing is written where nothing is suspected. */
export async function tellOutages(
  { ids }: { readonly ids: Ids },
  tx: Tx,
  { accountId, source, before, after, at }: Told,
): Promise<void> {
  const ended = [...before.values()].filter((outage) => !isAmong(after, outage))
  const outages: OutageNow[] = [
    ...ended.map((outage) => ({ ...outage, endedAt: at })),
    ...[...after.values()].map((outage) => ({
      ...outage,
      endedAt: isOutageOver(outage, at) ? at : null,
    })),
  ]
  if (outages.length === 0) return
  const rows = await saveOutages(tx, accountId, { source, outages, nextId: () => ids.next() })
  const news = rows.filter((row) => row.is_new || row.ended_at !== null)
  if (news.length === 0) return
  const codes = await listGatewayCodes(tx, accountId)
  await recordEvents(
    tx,
    news.flatMap((row) => eventsOf(row, { accountId, codes, at, nextId: () => ids.next() })),
  )
  const begun = news.filter((row) => row.is_new).map((row) => row.since_at)
  const [first, ...others] = begun
  if (first !== undefined)
    await planWaitingAnew(tx, accountId, { since: minInstant(first, ...others), at })
}

function isAmong(outages: Evidence['outages'], { gateway, currency, sinceAt }: SuspectedOutage) {
  return [...outages.values()].some(
    (one) => one.gateway === gateway && one.currency === currency && one.sinceAt === sinceAt,
  )
}

function eventsOf(
  row: OutageRow,
  given: {
    readonly accountId: Uuid
    readonly codes: ReadonlyMap<string, string>
    readonly at: Instant
    readonly nextId: () => Uuid
  },
): NewEvent[] {
  const { accountId, codes, at, nextId } = given
  const types = [
    ...(row.is_new ? (['recovery.outage_suspected'] as const) : []),
    ...(row.ended_at === null ? [] : (['recovery.outage_ended'] as const)),
  ]
  return types.map((type) => ({
    accountId,
    id: nextId(),
    type,
    objectKind: 'recovery_outage',
    objectId: row.id,
    factNumber: 0n,
    customerId: null,
    subscriptionId: null,
    invoiceId: null,
    data: toWireOutage(row, codes),
    previousAttributes: null,
    request: null,
    occurredAt: at,
  }))
}

function toWireOutage(row: OutageRow, codes: ReadonlyMap<string, string>) {
  return {
    id: encodeId('recovery_outage', row.id),
    object: 'recovery_outage',
    gateway_id: encodeId('gateway', row.gateway_id),
    gateway: codes.get(row.gateway_id) ?? null,
    currency: row.currency,
    source: row.source,
    since: formatInstant(row.since_at),
    suspected_at: formatInstant(row.suspected_at),
    ended_at: formatInstantOrNull(row.ended_at),
    charges: Number(row.tried),
    approved: Number(row.approved),
  }
}
