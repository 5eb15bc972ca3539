import type { ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents, type NewEvent } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { BillingScope } from '../scope.ts'
import { listSalvageNews, type SalvageNews, type SalvageTransaction } from './queries.ts'
import { toWireSalvage } from './wire.ts'

/**
 * `salvage_transaction.created`, `.recovered` and `.disabled` of subscriptions by a profile and of sales (revcent.md 8.3,
 * 17). What a salvage transaction is worth is told by its bill, so this reads what was written before: nothing where no
 * case has opened or ended and every bill was paid by its first charge.
 */
export async function tellSalvages(
  tx: Tx,
  scope: BillingScope,
  given: { readonly changes: ChangeSet; readonly nextId: () => Uuid },
): Promise<void> {
  const { newCases, changedCases } = given.changes
  const ended = changedCases.filter(({ state }) => state !== 'open')
  const bills = billsSettledLate(given.changes, scope)
  if (newCases.length + ended.length + bills.size === 0) return
  const happenedAt = new Map<Uuid, Instant>(bills)
  for (const { invoiceId, closedAt } of ended)
    if (closedAt !== null) happenedAt.set(invoiceId, closedAt)
  const news = await listSalvageNews(tx, scope.accountId, {
    openedIds: newCases.map(({ id }) => id),
    endedIds: ended.map(({ id }) => id),
    invoiceIds: [...bills.keys()],
  })
  const openedIds = new Set(newCases.map(({ id }) => id))
  await recordEvents(
    tx,
    news.flatMap((one) => {
      const { salvage } = one
      const what = openedIds.has(salvage.id) ? 'created' : whatNext(one)
      if (what === null) return []
      const at = what === 'created' ? salvage.opened_at : happenedAt.get(salvage.invoice_id)
      return at === undefined ? [] : [toEvent(scope, { ...one, what, at, id: given.nextId() })]
    }),
  )
}

/** Bills that nothing is asked for any more, but for those that a run has paid by their first charge: these had no case. */
function billsSettledLate(
  { changedInvoices, changedAttempts }: ChangeSet,
  { request }: BillingScope,
): Map<Uuid, Instant> {
  const firsts = changedAttempts.filter(({ attemptNumber }) => attemptNumber === 1)
  const chargedAt = new Map(firsts.map((one) => [one.invoiceId, one.createdAt]))
  const late = changedInvoices.filter(({ id, status, finalizedAt }) => {
    if (status !== 'paid') return status === 'void' || status === 'uncollectible'
    const at = request === null ? chargedAt.get(id) : undefined
    return at === undefined || finalizedAt === null || at > finalizedAt
  })
  return new Map(late.map(({ id, updatedAt }) => [id, updatedAt]))
}

type What = 'created' | 'recovered' | 'disabled'

/** One that is ready still is no news, and neither is what was told before. */
function whatNext({ salvage, told }: SalvageNews): What | null {
  if (salvage.status === 'ready') return null
  return told.includes(`salvage_transaction.${salvage.status}`) ? null : salvage.status
}

function toEvent(
  { accountId, request }: BillingScope,
  of: {
    readonly id: Uuid
    readonly what: What
    readonly at: Instant
    readonly salvage: SalvageTransaction
    readonly timesReopened: bigint
  },
): NewEvent {
  const { salvage } = of
  return {
    accountId,
    id: of.id,
    type: `salvage_transaction.${of.what}`,
    objectKind: 'recovery_case',
    objectId: salvage.id,
    factNumber: of.what === 'created' ? 0n : of.timesReopened,
    customerId: salvage.customer_id,
    subscriptionId: salvage.subscription_id,
    invoiceId: salvage.invoice_id,
    data: toWireSalvage(salvage) as JsonObject,
    previousAttributes: null,
    request,
    occurredAt: of.at,
  }
}
