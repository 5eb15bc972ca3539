import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { applyMethodChange } from '../../payments/index.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'

type MethodNotice = Extract<GatewayNotice, { kind: 'method' }>

/** A gateway tells that a kept card was replaced, or that an account or a mandate is no more. */
export async function hearMethod(
  deps: BillingDeps,
  scope: BillingScope,
  heard: { readonly gatewayId: Uuid; readonly notice: MethodNotice },
  at: Instant,
): Promise<NoticeVerdict> {
  const { gatewayId, notice } = heard
  const told = { gatewayId, change: notice.method }
  const result = await applyMethodChange(contextOf(deps, scope, at), told)
  switch (result.kind) {
    case 'changed':
      return { kind: 'applied' }
    case 'unchanged':
      return { kind: 'ignored', reason: result.reason }
    case 'unknown_token':
      return { kind: 'unmatched', reason: 'no method of ours has this token', isWorrying: false }
    default:
      return assertNever(result)
  }
}
