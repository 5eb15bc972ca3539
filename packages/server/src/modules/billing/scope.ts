import { addMs, type Instant } from '@perennial/core/time'
import type { BillingTools } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { toPolicy, type RecoveryPolicy } from '@perennial/core/recovery'
import type { Clock } from '../../platform/clock/index.ts'
import type {
  AccountContext,
  CommandContext,
  Environment,
  RequestOrigin,
} from '../../platform/command/index.ts'
import { randomToken } from '../../platform/crypto/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import type { Logger } from '../../platform/log/index.ts'
import { dunningRulesOf } from '../../platform/settings/index.ts'
import type { CreateCardLinks } from '../dunning/index.ts'
import type { GatewayDeps, GatewayDirectory } from '../payments/index.ts'
import type { Connector } from '../recovery/index.ts'

/** Names the places between two steps at which a process may die; a simulation makes it die there. */
export type StepName = 'claimed' | 'decided' | 'applied' | 'sent' | 'settled'

export type BillingDeps = GatewayDeps & {
  readonly database: Database
  readonly gateways: GatewayDirectory
  /** Billing platforms whose failed payments can be recovered. */
  readonly connectors: readonly Connector[]
  /** Where links for payers begin. */
  readonly publicUrl: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  /** For mails that ask for another card. */
  readonly createCardLinks: CreateCardLinks
  /** Subscriptions decided and written together at most. */
  readonly batchSize: number
  /** Gateway calls in flight at most. */
  readonly concurrency: number
  /** Real time for which a worker alone may talk to the gateway about an attempt it has sent. */
  readonly leaseMs: number
  /** Called between two steps of the one path. */
  readonly onStep?: (step: StepName) => void | Promise<void>
}

/** Whose work is done, and for which request (null = a worker's own). */
export type BillingScope = {
  readonly accountId: Uuid
  readonly environment: Environment
  readonly account: AccountContext
  readonly request: RequestOrigin | null
  readonly runId: Uuid | null
}

export function toolsOf(deps: Pick<BillingDeps, 'ids'>): BillingTools {
  return { nextId: () => deps.ids.next(), nextToken: () => randomToken('', 24) }
}

/** How the account wants failed charges to be retried, where product and subscription say nothing. */
export function recoveryPolicyOf(account: AccountContext): RecoveryPolicy {
  return toPolicy(account.settings.recovery, dunningRulesOf(account))
}

export function leaseEnd(deps: Pick<BillingDeps, 'clock' | 'leaseMs'>): Instant {
  return addMs(deps.clock.now(), deps.leaseMs)
}

/** For commands of other modules that a worker runs: nothing is remembered for a repetition. */
export function contextOf(
  deps: Pick<BillingDeps, 'database' | 'ids'>,
  scope: BillingScope,
  now: Instant,
): CommandContext {
  const { accountId, environment, account, request } = scope
  return {
    accountId,
    environment,
    account,
    request,
    now,
    ids: deps.ids,
    inTx: (fn) => deps.database.tx(fn),
    remember: async () => undefined,
  }
}

/** The scope of an API request's own work. */
export function scopeOf(context: CommandContext): BillingScope {
  const { accountId, environment, account, request } = context
  return { accountId, environment, account, request, runId: null }
}
