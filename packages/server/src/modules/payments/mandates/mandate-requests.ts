import { isUuid, type Uuid } from '@perennial/core/ids'
import { addDays } from '@perennial/core/time'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { randomToken, sha256Hex } from '../../../platform/crypto/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import { insertMandateRequest, type MandateRequestRow } from '../queries/mandate-requests.ts'
import { toWireRequest } from './wire.ts'

export type RequestMandateRefusal = 'customer_not_found' | 'invoice_not_found'

/** An invitation to sign a mandate, with the token of its page, which is told this once. */
export async function requestMandate(
  context: CommandContext,
  request: {
    readonly customerId: Uuid
    readonly invoiceId: Uuid | null
    readonly validDays: number
  },
): Promise<
  Decision<{ readonly row: MandateRequestRow; readonly token: string }, RequestMandateRefusal>
> {
  const { accountId, now } = context
  const { customerId, invoiceId } = request
  return context.inTx(async (tx) => {
    const customer = await lockCustomerShared(tx, { accountId, id: customerId })
    if (customer === null) return refused('customer_not_found')
    const invoice = invoiceId === null ? null : await findInvoice(tx, accountId, invoiceId)
    if (invoiceId !== null && invoice?.customerId !== customerId)
      return refused('invoice_not_found')
    // The page knows no account: its token says whose it is.
    const token = randomToken(`dd_${accountId.replaceAll('-', '')}_`, 24)
    const row: MandateRequestRow = {
      account_id: accountId,
      id: context.ids.next(),
      token_hash: sha256Hex(token),
      customer_id: customerId,
      invoice_id: invoiceId,
      status: 'pending_signature',
      expires_at: addDays(now, request.validDays),
      created_at: now,
      updated_at: now,
    }
    await insertMandateRequest(tx, row)
    await context.remember(tx, 'mandate_request', row.id, { data: toWireRequest(row) })
    return accepted({ row, token })
  })
}

const TOKEN =
  /^dd_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[0-9A-Za-z]{20,60}$/

/** Which account a public token belongs to; null for what is no token of ours. */
export function accountOfToken(token: string): Uuid | null {
  const parts = TOKEN.exec(token)?.slice(1) ?? []
  const id = parts.join('-')
  return isUuid(id) ? id : null
}
