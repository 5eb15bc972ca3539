import { emptyChangeSet } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { owedMinor } from '@perennial/core/invoices'
import type { Currency } from '@perennial/core/money'
import type { PaymentAttempt } from '@perennial/core/payments'
import {
  accepted,
  decideAsOne,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { findIntent } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { planCaptureOf, type CaptureRefusal } from '../intents/capture-intent.ts'
import { collectIntents } from '../intents/charge-intent.ts'
import { draftInvoice, type DraftRefusal } from '../invoices/draft-invoice.ts'
import { beginFinalize } from '../invoices/issue-invoice.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'

export type CaptureForInvoice = {
  readonly intentId: Uuid
  /** Null = all that is authorised. */
  readonly amountMinor: bigint | null
  /** What the amount is in; null = that of the intent. */
  readonly currency: Currency | null
  /** What the invoice's one line says. */
  readonly description: string
  readonly metadata: JsonObject
}

type InvoiceCaptureRefusal = CaptureRefusal | DraftRefusal | 'currency_mismatch'

/**
 * Takes what an intent has authorised for an invoice that is made with the capture: issued and being paid in one
 * transaction, so that nobody ever finds it uncharged. A capture that comes to nothing writes it off. What the customer
 * holds as credit pays first; the gateway is asked for no more than the rest.
 */
export async function captureForInvoice(
  deps: BillingDeps,
  context: CommandContext,
  request: CaptureForInvoice,
): Promise<Decision<Uuid, InvoiceCaptureRefusal>> {
  const written = await decideAsOne(context, (whole) => begin(deps, whole, request))
  if (written.kind === 'refused') return written
  const { invoiceId, attempts } = written.value
  await deps.onStep?.('applied')
  await collectIntents(deps, scopeOf(context), attempts, { atOf: () => context.now })
  return accepted(invoiceId)
}

type Begun = { readonly invoiceId: Uuid; readonly attempts: readonly PaymentAttempt[] }

async function begin(
  deps: BillingDeps,
  whole: CommandContext,
  request: CaptureForInvoice,
): Promise<Decision<Begun, InvoiceCaptureRefusal>> {
  const { intentId: id, amountMinor, description, metadata } = request
  const { accountId } = whole
  const planned = await whole.inTx(async (tx) => {
    const intent = await findIntent(tx, accountId, id)
    if (intent === null) return refused('intent_not_found')
    if (request.currency !== null && request.currency !== intent.currency)
      return refused('currency_mismatch')
    await lockCustomerShared(tx, { accountId, id: intent.customerId })
    return planCaptureOf(deps, whole, { tx, request: { id, amountMinor } })
  })
  if (planned.kind === 'refused') return planned
  const capture = planned.value
  const { customerId, currency, amountMinor: unitAmountMinor } = capture
  const line = { description, quantity: 1n, unitAmountMinor, priceId: null, productId: null }
  const drafted = await draftInvoice(deps, whole, {
    customerId,
    number: null,
    currency,
    totalMinor: null,
    lines: [line],
    dueAt: null,
    allowedMethods: null,
    metadata,
    customFields: {},
    isChargedAtOnce: true,
  })
  if (drafted.kind === 'refused') return drafted
  const invoiceId = drafted.value
  const issued = await beginFinalize(deps, whole, { id: invoiceId, isApproved: false })
  assert(issued.kind === 'accepted', 'a draft with a line can be issued')
  assert(issued.value.length === 0, 'only bills of subscriptions are charged as they are issued')
  return accepted({ invoiceId, attempts: await write(deps, whole, { invoiceId, capture }) })
}

async function write(
  deps: BillingDeps,
  whole: CommandContext,
  given: { readonly invoiceId: Uuid; readonly capture: PaymentAttempt },
): Promise<readonly PaymentAttempt[]> {
  const { invoiceId, capture } = given
  return whole.inTx(async (tx) => {
    const invoice = await findInvoice(tx, whole.accountId, invoiceId)
    assert(invoice !== null, 'it was issued just now')
    const amountMinor = owedMinor(invoice)
    if (amountMinor === 0n) return []
    const changes = emptyChangeSet()
    changes.newAttempts.push({ ...capture, invoiceId, amountMinor })
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scopeOf(whole), { changes, leaseUntil: leaseEnd(deps), nextId })
    return changes.newAttempts
  })
}
