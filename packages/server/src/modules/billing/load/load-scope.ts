import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { getAccount, toAccountContext } from '../../accounts/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/** The scope of work that no request asks for. */
export async function loadScope(
  deps: Pick<BillingDeps, 'database'>,
  accountId: Uuid,
): Promise<Omit<BillingScope, 'runId'> & { readonly clockHeldAt: Instant | null }> {
  const row = await getAccount(deps.database, accountId)
  const { environment, clock_held_at: clockHeldAt } = row
  return { accountId, environment, account: toAccountContext(row), request: null, clockHeldAt }
}
