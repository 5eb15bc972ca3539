import { decodeId, encodeId, type Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal } from '../../../platform/http/index.ts'
import {
  findChargeUnderWay,
  findIntent,
  findSale,
  findSaleOfAttempt,
  findSaleOfIntent,
} from '../../payments/index.ts'

/** The sale that a caller means: by its own id, or by that of the attempt, intent or charge which took the money. */
export async function readPaymentId(context: CommandContext, text: string): Promise<Uuid> {
  const id = decodePaymentId(text)
  if (id === null)
    throw ApiRefusal.invalid('payment_id', 'payment_id must be the id of a payment, such as txn_….')
  const { accountId } = context
  return context.inTx(async (tx) => {
    if ((await findSale(tx, accountId, id)) !== null) return id
    const sale = await findSaleOfIntent(tx, accountId, id)
    if (sale !== null) return sale.id
    const tried = await findSaleOfAttempt(tx, accountId, id)
    if (tried !== null) return tried.id
    const intent = await findIntent(tx, accountId, id)
    const charge = await findChargeUnderWay(tx, accountId, id)
    if (charge?.attempt.state === 'pending') throw ApiRefusal.invalid('payment_id', NOT_COME_YET)
    if (intent === null) return id
    const wayOut =
      intent.capturableMinor > 0n
        ? `Its money is only held: cancel it (POST /v2/payment-intents/${encodeId('payment_intent', id)}/cancel).`
        : `It is ${intent.status}: nothing was taken.`
    throw ApiRefusal.invalid('payment_id', `No payment came of this payment intent. ${wayOut}`)
  })
}

const NOT_COME_YET =
  'This payment is on its way: its money has not come yet. It can be refunded once it has, and that of a payment intent canceled until then.'

/** The id in a text that names a payment, of whichever kind; null where it is none. */
export function decodePaymentId(text: string): Uuid | null {
  for (const kind of ['transaction', 'payment_intent', 'payment_attempt', 'payment'] as const) {
    const read = decodeId(kind, text)
    if (read.kind === 'ok') return read.id
  }
  return null
}
