import { encodeId } from '@perennial/core/ids'
import type { PreviewedRenewal } from '@perennial/core/billing'
import type { InvoiceLine } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { nextRenewalAt, type Subscription } from '@perennial/core/subscriptions'
import { formatInstant } from '@perennial/core/time'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { CommandContext } from '../../../platform/command/index.ts'
import { toPreviousAttributes } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toWireSubscription } from '../../subscriptions/index.ts'
import { recoveryPolicyOf } from '../scope.ts'
import { WARNINGS } from './errors.ts'
import type { Standing } from './operation.ts'
import type { OperationResult } from './run-operation.ts'

type Told = {
  readonly operation:
    | 'renew'
    | 'suspend'
    | 'activate'
    | 'cancel'
    | 'edit'
    | 'replace_product'
    | 'extend_trial'
    | 'shorten_trial'
    | 'expire_trial'
    | 'cancel_trial'
  readonly isPreview: boolean
  readonly result: OperationResult
  /** As it stands once a charge was settled; absent in a preview. */
  readonly settled: (Standing & { readonly recovery: RecoveryCase | null }) | null
}

export type WireOperation = ReturnType<typeof toWireOperation>

export function toWireOperation(context: CommandContext, told: Told) {
  const { result, isPreview, settled } = told
  const [recovery = null] = result.before.openCases
  const before = toWire(context, result.before, recovery)
  const after = toWire(context, settled ?? result.after, settled?.recovery ?? recovery)
  const { successor, warnings } = result
  const goesOn = successor ?? settled ?? result.after
  return {
    object: 'subscription_operation' as const,
    operation: told.operation,
    is_preview: isPreview,
    before,
    after,
    replacement: successor === null ? null : toWire(context, successor, null),
    changed: changedIn(before, after),
    charge: toWireCharge(result.bill, isPreview),
    next_renewal: toNextRenewal(goesOn.subscription, result.next),
    warnings: warnings.map((code) => ({ code, message: WARNINGS[code] })),
  }
}

/** The same, once it is known what its charge made of the subscription. */
export function settleWireOperation(
  context: CommandContext,
  told: WireOperation,
  settled: NonNullable<Told['settled']>,
): WireOperation {
  const after = toWire(context, settled, settled.recovery)
  return { ...told, after, changed: changedIn(told.before, after) }
}

function changedIn(before: WireSubscription, after: WireSubscription): string[] {
  return Object.keys(toPreviousAttributes(after as JsonObject, before as JsonObject))
}

type WireSubscription = ReturnType<typeof toWire>

function toWire(context: CommandContext, standing: Standing, recovery: RecoveryCase | null) {
  return toWireSubscription(standing.subscription, {
    accountId: context.accountId,
    items: standing.items,
    recovery,
    retriesMax: recoveryPolicyOf(context.account).retryDays.length,
    now: context.now,
  })
}

function toWireCharge(bill: OperationResult['bill'], isPreview: boolean) {
  if (bill === null) return null
  const { invoice, attempt } = bill
  return {
    amount_minor: toWireMinor(invoice.totalMinor),
    credit_applied_minor: toWireMinor(invoice.creditAppliedMinor),
    charged_minor: attempt === null ? 0 : toWireMinor(attempt.amountMinor),
    currency: invoice.currency,
    gateway_id: attempt === null ? null : encodeId('gateway', attempt.gatewayId),
    payment_method_id:
      attempt === null ? null : encodeId('payment_method', attempt.paymentMethodId),
    invoice_id: isPreview ? null : encodeId('invoice', invoice.id),
  }
}

function toNextRenewal(subscription: Subscription, next: PreviewedRenewal | null) {
  const at = nextRenewalAt(subscription)
  if (at === null || next === null) return null
  const hasExtras = next.lines.some(({ source }) => source !== undefined)
  return {
    at: formatInstant(at),
    amount_minor: toWireMinor(next.totalMinor),
    ...(hasExtras ? { lines: next.lines.map(toPreviewedLine) } : {}),
  }
}

function toPreviewedLine({ source, description, amountMinor }: InvoiceLine) {
  const isIncluded = source?.kind === 'tax' && source.isIncluded
  const kind = isIncluded ? 'tax_included' : (source?.kind ?? 'item')
  return { kind, description, amount_minor: toWireMinor(amountMinor) } as const
}
