import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { findRefund, listRefundsWith, RefundItem, toWireRefund } from '../../payments/index.ts'

/** Beside the object that was refunded: what the request has given back of it. */
export const madeRefunds = {
  refunds: Type.Array(RefundItem, {
    description: 'What this request gives back: one refund for each payment that it is taken from.',
  }),
}

/** The refunds of one request, by the first of them, with the invoice that they are of; null when there is none. */
export async function showRefundsWith(context: CommandContext, firstId: Uuid) {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const first = await findRefund(tx, accountId, firstId)
    if (first === null) return null
    const { id, invoiceId } = first
    assert(invoiceId !== null, 'an invoice was refunded')
    const refunds = await listRefundsWith(tx, accountId, { id, invoiceId })
    return { invoiceId, refunds: refunds.map(toWireRefund) }
  })
}
