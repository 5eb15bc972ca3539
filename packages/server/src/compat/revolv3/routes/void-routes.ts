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
    resume(context, { id, kind })
  app.post<Id>('/api/Payments/void/:id', onceAKey(200, again), async ({ context, params }) => {
    const invoiceId = await idOf(context, 'invoice', toNumber(params.id))
    const paymentId = await context.inTx((tx) => readSaleOf(tx, context.accountId, invoiceId))
    if (paymentId === null) await endUnpaid(deps, context, invoiceId)
    else await callOff(deps, context, paymentId)
    await refuseFailed(context, invoiceId)
    return show(context, invoiceId)
  })
}

/** A payment that is called off takes its invoice with it, at once or whenever the processor has done it. */
async function callOff(deps: BillingDeps, context: CommandContext, paymentId: Uuid): Promise<void> {
  const wish = { paymentId, reason: null, reasonCode: null, endsInvoice: true }
  const decision = await voidPayment(deps, context, wish)
  if (decision.kind === 'refused')
    throw FaceRefusal.invalid([decision.message ?? `The payment cannot be voided: ${decision.code}.`]) // prettier-ignore
}

/** Its payment may have been called off elsewhere, and the invoice be owed since. */
async function endUnpaid(
  deps: BillingDeps,
  context: CommandContext,
  invoiceId: Uuid,
): Promise<void> {
  const last = await lastVoid(context, invoiceId)
  const isOwed = last?.status === 'succeeded'
  const decision = isOwed ? await voidInvoice(deps, context, { id: invoiceId, reason: null }) : null
  if (decision?.kind !== 'accepted')
    throw FaceRefusal.invalid(['The invoice has no payment to void.'])
}

async function lastVoid(context: CommandContext, invoiceId: Uuid) {
  const voids = await context.inTx((tx) => readVoidsOf(tx, context.accountId, [invoiceId]))
  return voids.at(-1)
}

async function refuseFailed(context: CommandContext, invoiceId: Uuid): Promise<void> {
  const last = await lastVoid(context, invoiceId)
  if (last?.status === 'failed')
    throw FaceRefusal.invalid([last.failureMessage ?? 'The payment cannot be voided any more.'])
}

/** A call whose process died: the worker goes on from what it had made. */
async function resume(context: CommandContext, { id, kind }: Pick<MadeObject, 'id' | 'kind'>) {
  if (kind === 'invoice') return show(context, id)
  const invoiceId = await context.inTx((tx) => readInvoiceOfVoid(tx, context.accountId, id))
  if (invoiceId === null) return null
  await refuseFailed(context, invoiceId)
  return show(context, invoiceId)
}

async function show(context: CommandContext, invoiceId: Uuid) {
  const { accountId: id, account } = context
  const [invoice] = await context.inTx((tx) => showInvoices(tx, { id, name: account.name }, [invoiceId])) // prettier-ignore
  if (invoice === undefined) throw FaceRefusal.notFound('invoice')
  return invoice
}
