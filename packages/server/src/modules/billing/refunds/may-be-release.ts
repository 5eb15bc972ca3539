import type { Uuid } from '@perennial/core/ids'
import type { Transaction } from '@perennial/core/payments'
import type { Tx } from '../../../platform/db/index.ts'
import { findAttempt, findAuthorization } from '../../payments/index.ts'

/**
 * Whether what a gateway tells of a captured hold may be about the part of it that was not taken, which some give back as if it
 * had been. There is none where all was taken, and an amount that is another one is not it. Null = no amount is told.
 */
export async function mayBeRelease(
  tx: Tx,
  accountId: Uuid,
  told: {
    readonly sale: Pick<Transaction, 'attemptId' | 'paymentIntentId' | 'amountMinor'>
    readonly amountMinor: bigint | null
  },
): Promise<boolean> {
  const { attemptId, paymentIntentId, amountMinor: takenMinor } = told.sale
  const attempt = attemptId === null ? null : await findAttempt(tx, accountId, attemptId)
  if (attempt?.operation !== 'capture') return false
  const held =
    paymentIntentId === null ? null : await findAuthorization(tx, accountId, paymentIntentId)
  if (held === null) return true
  const leftMinor = held.amountMinor - takenMinor
  if (leftMinor <= 0n) return false
  return told.amountMinor === null || told.amountMinor === leftMinor
}
