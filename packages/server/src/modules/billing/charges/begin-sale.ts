import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { accepted, type CommandContext, type Decision } from '../../../platform/command/index.ts'
import { collect } from '../collect/collect.ts'
import { draftInvoice, type DraftInvoice, type DraftRefusal } from '../invoices/draft-invoice.ts'
import { beginFinalize } from '../invoices/issue-invoice.ts'
import { beginPayment } from '../invoices/pay-invoice.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'
import { writeOffInvoice } from '../invoices/void-invoice.ts'

/** Written, with a charge that is committed as `sending` where there is one to make. */
export type BegunSale = {
  readonly invoiceId: Uuid
  readonly attempts: readonly PaymentAttempt[]
}

/**
 * An invoice that is charged at once to one method: issued, and its charge begun. A part of one transaction, so that nobody
 * ever finds it issued and uncharged; `chargeSale` charges it after the commit. One that cannot be charged is written off
 * here; one whose charge is declined, by whoever hears of that.
 */
export async function beginSale(
  deps: BillingDeps,
  whole: CommandContext,
  sale: Omit<DraftInvoice, 'isChargedAtOnce'> & { readonly paymentMethodId: Uuid },
): Promise<Decision<BegunSale, DraftRefusal>> {
  const { paymentMethodId, ...draft } = sale
  const drafted = await draftInvoice(deps, whole, { ...draft, isChargedAtOnce: true })
  if (drafted.kind === 'refused') return drafted
  const invoiceId = drafted.value
  const issued = await beginFinalize(deps, whole, { id: invoiceId, isApproved: false })
  const isUncharged = issued.kind === 'refused' || issued.value.length === 0
  assert(isUncharged, 'only bills of subscriptions are charged as they are issued')
  const payment = { invoiceId, paymentMethodId, amountMinor: null }
  const begun = await beginPayment(deps, whole, payment)
  if (begun.kind === 'accepted') return accepted({ invoiceId, attempts: begun.value })
  // The customer's credit may have paid it already; then there is nothing to write off.
  await writeOffInvoice(deps, whole, invoiceId)
  return accepted({ invoiceId, attempts: [] })
}

export async function chargeSale(
  deps: BillingDeps,
  context: CommandContext,
  { attempts }: BegunSale,
): Promise<void> {
  await deps.onStep?.('applied')
  await collect(deps, scopeOf(context), attempts, { atOf: () => context.now })
}
