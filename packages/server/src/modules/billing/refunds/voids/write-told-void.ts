import { decideToldVoid } from '@perennial/core/billing'
import type { Transaction, VoidPaymentRefusal } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../../platform/db/index.ts'
import { listTransfers } from '../../../ledger/index.ts'
import { applyChanges } from '../../apply/apply-changes.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../../scope.ts'
import { mayBeRelease } from '../may-be-release.ts'
import { lockVoidable } from './lock-void-state.ts'

/**
 * Books that a gateway has called a payment off which no void of ours asked for: its charge was given up before it was
 * known to have gone well, or somebody called it off at the gateway. `known`: it is being called off already. A refusal:
 * a person has to look.
 *
 * What is told of a hold that was captured in part may be about the rest; and what is told after a void has failed may be
 * old. Neither is believed.
 */
export async function writeToldVoid(
  deps: BillingDeps,
  { tx, scope }: { readonly tx: Tx; readonly scope: BillingScope },
  told: { readonly sale: Sale; readonly reason: string | null; readonly at: Instant },
): Promise<'written' | 'known' | VoidPaymentRefusal> {
  const { accountId } = scope
  const { sale, reason, at } = told
  if (await mayBeRelease(tx, accountId, { sale, amountMinor: null })) return 'payment_not_voidable'
  const locked = await lockVoidable(tx, accountId, sale)
  if (locked === null) return 'payment_not_voidable'
  if (locked.isBeingVoided) return 'known'
  if (locked.failedVoids > 0) return 'payment_not_voidable'
  const posted = await listTransfers(tx, { accountId, kind: 'sale', id: sale.id })
  const tools = toolsOf(deps)
  const decided = decideToldVoid({ ...locked, posted, lines: [] }, { reason, at }, tools)
  if (decided.kind === 'refused') return decided.code
  const { changes } = decided
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
  return 'written'
}

/** Where it is not believed, or cannot be undone whole: why a person has to look. */
export const CALLED_OFF = 'the gateway called off what is booked as received'

type Sale = Pick<Transaction, 'id' | 'attemptId' | 'invoiceId' | 'paymentIntentId' | 'amountMinor'>
