import type { Instant } from '@perennial/core/time'
import { toAccountContext, type AccountRow } from './modules/accounts/index.ts'
import type { BillingDeps } from './modules/billing/index.ts'
import type { CommandContext } from './platform/command/index.ts'

/** The context of a command that an operator runs, and no API request: nothing is remembered for a repetition. */
export function toOperatorContext(
  deps: Pick<BillingDeps, 'database' | 'ids'>,
  given: { readonly account: AccountRow; readonly now: Instant },
): CommandContext {
  const { account, now } = given
  return {
    accountId: account.id,
    environment: account.environment,
    account: toAccountContext(account),
    now,
    ids: deps.ids,
    request: null,
    inTx: (fn) => deps.database.tx(fn),
    remember: async () => undefined,
  }
}
