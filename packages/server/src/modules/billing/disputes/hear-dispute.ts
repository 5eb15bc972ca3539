import { decideDispute } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { GatewayDispute } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { findSaleOf } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { loadDisputeState } from './load-dispute-states.ts'

export type HeardDispute = {
  readonly gatewayId: Uuid
  readonly told: GatewayDispute
  readonly toldAt: Instant
}

/** A gateway's word about a dispute, decided on what is known by now. */
export async function hearDispute(
  deps: BillingDeps,
  scope: BillingScope,
  heard: HeardDispute,
  at: Instant,
): Promise<NoticeVerdict> {
  const { accountId } = scope
  const { gatewayId, told, toldAt } = heard
  return deps.database.tx(
    async (tx) => {
      const charge = { accountId, gatewayId, reference: told.chargeReference }
      const sale = await findSaleOf(tx, charge)
      if (sale === null) return unmatched(`no payment of ours is ${told.chargeReference}`)
      if (sale.currency !== told.currency)
        return unmatched(`the payment is in ${sale.currency}, the dispute in ${told.currency}`)
      const reference = told.disputeReference
      const state = await loadDisputeState(tx, scope, { sale, gatewayId, reference })
      const { result, changes } = decideDispute(state, { told, toldAt }, at, toolsOf(deps))
      if (result === 'ignored')
        return { kind: 'ignored', reason: `already ${state.dispute?.status}` }
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      return { kind: 'applied' }
    },
    { retry: true },
  )
}

function unmatched(reason: string): NoticeVerdict {
  return { kind: 'unmatched', reason, isWorrying: true }
}
