import type { Uuid } from '@perennial/core/ids'
import type { Decline } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import { acceptedOr } from '../../../platform/http/index.ts'
import { findLastDecline, payInvoice } from './pay-invoice.ts'
import { invoiceErrors } from './errors.ts'
import { refuseCharge } from '../collect/refuse-charge.ts'
import type { BillingDeps } from '../scope.ts'

/**
 * Tries to collect all that is owed on a bill, now: what a renewal's retry and its salvage transaction do alike. The
 * guard is asked as ever, and a charge that is approved recovers the case. Throws an `ApiRefusal` for one that is not.
 */
export async function attemptBill(
  deps: BillingDeps,
  context: CommandContext,
  bill: {
    readonly invoiceId: Uuid
    readonly paymentMethodId: Uuid | null
    readonly gatewayId?: Uuid | null
  },
): Promise<void> {
  const { decline } = acceptedOr(
    await payInvoice(deps, context, { ...bill, amountMinor: null }),
    invoiceErrors,
  )
  refuseDeclined(decline)
}

/** What became of an attempt whose process died: refuses as `attemptBill` would have. */
export async function refuseAgain(context: CommandContext, invoiceId: Uuid): Promise<void> {
  refuseDeclined(await findLastDecline(context, invoiceId))
}

function refuseDeclined(decline: Decline | null): void {
  if (decline !== null) throw refuseCharge({ declineCode: decline.code, message: decline.message })
}
