import type { GatewayAbilities } from './gateway-abilities.ts'
import type { GatewayPort } from './gateway-port.ts'
import type { SettlementReport } from '../settlement/settlement-report.ts'
import type { SettlementTakes } from '../settlement/settlement.ts'

/** One thing that a merchant copies from the gateway's own pages. */
export type CredentialField = {
  readonly id: string
  readonly label: string
  /** Sealed at rest and shown masked. */
  readonly isSecret: boolean
  readonly isRequired: boolean
  /** Where to find it, or what it looks like. */
  readonly hint: string
}

export type VendorSettings = {
  readonly environment: 'test' | 'live'
  /** By the ids of the vendor's fields. */
  readonly credentials: Readonly<Record<string, string>>
  /** Instead of the vendor's own address, for tests and proxies. */
  readonly baseUrl: string | null
  /** Private address ranges that `baseUrl` may lead to, looked at with every connection; absent = it is not looked at. */
  readonly privateTargets?: readonly string[]
  readonly timeoutMs: number
  /** Calls in flight at most. */
  readonly connections: number
}

/** A kind of gateway that merchants may connect. */
export type GatewayVendor = {
  readonly kind: string
  readonly name: string
  readonly fields: readonly CredentialField[]
  readonly abilities: GatewayAbilities
  /** What its tokens look like, in words; for the error that a wrong one gets. */
  readonly tokenForm: string
  readonly isToken: (token: string) => boolean
  /** What its settlement is handed in of, where it does not list everything by itself; absent = nothing. */
  readonly settlement?: { readonly takes: SettlementTakes; readonly report?: SettlementReport }
  /** Loads the vendor's code only when such a gateway is used. */
  readonly connect: (settings: VendorSettings) => Promise<GatewayPort & { close(): Promise<void> }>
}
