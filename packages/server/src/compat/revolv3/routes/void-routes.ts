import type { Uuid } from '@perennial/core/ids'
import { voidInvoice, voidPayment, type BillingDeps } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { ApiInstance, MadeObject } from '../../../platform/http/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { readInvoiceOfVoid, readSaleOf, readVoidsOf } from '../queries/invoices.ts'
import { idOf, toNumber } from '../numbers/numbers.ts'
import { showInvoices } from '../show/show-invoice.ts'
import { onceAKey, type Id } from './route-forms.ts'

export function addVoidRoutes(app: ApiInstance, deps: BillingDeps): void {
  const again = (context: CommandContext, id: Uuid, kind: MadeObject['kind']) =>
    resume(deps, context, { id, kind })
  app.post<Id>('/api/Payments/void/:id', onceAKey(200, again), async ({ context, params }) => {
    const invoiceId = await idOf(context, 'invoice', toNumber(params.id))
    const paymentId = await context.inTx((tx) => readSaleOf(tx, context.accountId, invoiceId))
    if (paymentId !== null) await callOff(deps, context, paymentId)
    const isVoided = await endInvoice(deps, context, invoiceId)
    // Its payment may have been called off before, and the invoice be owed since.
    if (paymentId === null && !isVoided)
      throw FaceRefusal.invalid(['The invoice has no payment to void.'])
    return show(context, invoiceId)
  })
}

async function callOff(deps: BillingDeps, context: CommandContext, paymentId: Uuid): Promise<void> {
  const decision = await voidPayment(deps, context, { paymentId, reason: null, reasonCode: null })
  if (decision.kind === 'refused')
    throw FaceRefusal.invalid([decision.message ?? `The payment cannot be voided: ${decision.code}.`]) // prettier-ignore
}

/** A payment that was called off takes its invoice with it. True when the invoice is void by this. */
async function endInvoice(
  deps: BillingDeps,
  context: CommandContext,
  invoiceId: Uuid,
): Promise<boolean> {
  const voids = await context.inTx((tx) => readVoidsOf(tx, context.accountId, [invoiceId]))
  const last = voids.at(-1)
  if (last?.status === 'failed')
    throw FaceRefusal.invalid([last.failureMessage ?? 'The payment cannot be voided any more.'])
  if (last?.status !== 'succeeded') return false
  const decision = await voidInvoice(deps, context, { id: invoiceId, reason: null })
  return decision.kind === 'accepted'
}

/** A call whose process died: it goes on from what it had made. */
async function resume(deps: BillingDeps, context: CommandContext, { id, kind }: MadeObject) {
  if (kind === 'invoice') return show(context, id)
  const invoiceId = await context.inTx((tx) => readInvoiceOfVoid(tx, context.accountId, id))
  if (invoiceId === null) return null
  await endInvoice(deps, context, invoiceId)
  return show(context, invoiceId)
}

async function show(context: CommandContext, invoiceId: Uuid) {
  const { accountId: id, account } = context
  const [invoice] = await context.inTx((tx) => showInvoices(tx, { id, name: account.name }, [invoiceId])) // prettier-ignore
  if (invoice === undefined) throw FaceRefusal.notFound('invoice')
  return invoice
}
