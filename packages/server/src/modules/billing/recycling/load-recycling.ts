import type { ExtraPayments, RecyclingTerms } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { listLivePayments } from '../../payments/index.ts'
import type { RouteSubject } from '../../routing/index.ts'
import type { BillingScope } from '../scope.ts'
import { listExtraBills, listTaxedMethods, listTerms } from './queries.ts'

type Scope = Pick<BillingScope, 'accountId' | 'account'>

const NONE: ReadonlyMap<Uuid, RecyclingTerms> = new Map()

/** What holds for those of these subscriptions that are recycled. An account that has none of them asks nothing. */
export async function loadRecycling(
  tx: Tx,
  { accountId, account }: Scope,
  subscriptionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, RecyclingTerms>> {
  const { recycling } = account.settings
  if (recycling === null) return NONE
  const terms = await listTerms(tx, accountId, subscriptionIds)
  const ids = terms.map(({ subscriptionId }) => subscriptionId)
  const methods = await listTaxedMethods(tx, accountId, ids)
  const methodsOf = Map.groupBy(methods, (method) => method.subscriptionId)
  const installmentIds = terms.flatMap(({ kind, subscriptionId }) => kind === 'installment' ? subscriptionId : []) // prettier-ignore
  const extras = await loadExtraPayments(tx, accountId, installmentIds)
  const { rules } = recycling
  return new Map(
    terms.map(({ subscriptionId: id, recyclesStart }) => [
      id,
      {
        rules,
        recyclesStart,
        methods: methodsOf.get(id) ?? [],
        ...given('extraPayments', extras.get(id)),
      },
    ]),
  )
}

async function loadExtraPayments(
  tx: Tx,
  accountId: Uuid,
  installmentIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, ExtraPayments>> {
  const bills = await listExtraBills(tx, accountId, installmentIds)
  const unpaid = bills.filter(({ isExtra, status }) => isExtra && status !== 'paid')
  const live = await listLivePayments(tx, accountId, unpaid.map(({ id }) => id)) // prettier-ignore
  const billsOf = Map.groupBy(bills, ({ subscriptionId }) => subscriptionId)
  return new Map(
    installmentIds.map((id) => {
      const own = billsOf.get(id) ?? []
      const extra = own.filter(({ isExtra }) => isExtra)
      return [
        id,
        {
          paidMinor: sumOf(extra.filter(({ status }) => status === 'paid')),
          underWayMinor: sumOf(extra.filter((bill) => live.has(bill.id))),
          owesPart: extra.length < own.length,
        },
      ]
    }),
  )
}

function sumOf(bills: readonly { readonly netMinor: bigint }[]): bigint {
  return bills.reduce((sum, { netMinor }) => sum + netMinor, 0n)
}

/** Subjects whose methods are tried in turn say so. */
export async function inTurnWhereRecycled(
  tx: Tx,
  { accountId, account }: Scope,
  subjects: readonly RouteSubject[],
): Promise<readonly RouteSubject[]> {
  const { recycling } = account.settings
  if (recycling === null) return subjects
  const ids = subjects.flatMap(({ subscriptionId }) => subscriptionId ?? [])
  const terms = await listTerms(tx, accountId, ids)
  const recycled = new Set(terms.map(({ subscriptionId }) => subscriptionId))
  const { gatewayIds, rules } = recycling
  const cascade = { gatewayIds, hardDeclines: rules.hardDeclines }
  return subjects.map((subject) => {
    const { subscriptionId } = subject
    return subscriptionId !== null && recycled.has(subscriptionId)
      ? { ...subject, cascade }
      : subject
  })
}
