import type { Clock } from '../../../platform/clock/index.ts'
import type { KeyRing } from '../../../platform/crypto/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'
import type { Logger } from '../../../platform/log/index.ts'
import type { GatewayDirectory } from '../../payments/index.ts'
import type { Connector } from '../connectors/connector.ts'

/** What recoveries of outside billers are run with. */
export type OutsideDeps = {
  readonly database: Database
  readonly gateways: GatewayDirectory
  /** The billing platforms that can be connected. */
  readonly connectors: readonly Connector[]
  /** Where links for payers begin. */
  readonly publicUrl: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  readonly keyRing: KeyRing
  /** Private address ranges that webhooks may be sent to all the same. */
  readonly privateTargets: readonly string[]
  /** Real time for which whoever committed an attempt alone may talk to its gateway about it. */
  readonly leaseMs: number
  readonly batchSize: number
}
