import type { Uuid } from '@perennial/core/ids'
import { listTerms } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { showSubscriptions } from './show-subscription.ts'

/** An installment: a subscription by another name, with its parts as plans. */
export async function showInstallment(
  tx: Tx,
  { accountId }: Pick<CommandContext, 'accountId'>,
  id: Uuid,
) {
  const [shown] = await showSubscriptions(tx, accountId, await listTerms(tx, accountId, [id]))
  if (shown === undefined) throw FaceRefusal.notFound('installment')
  const { subscriptionId, merchantSubscriptionRefId, subscriptionStatusType, ...rest } = shown
  return {
    installmentId: subscriptionId,
    merchantInstallmentRefId: merchantSubscriptionRefId,
    installmentStatusType: subscriptionStatusType,
    ...rest,
  }
}
