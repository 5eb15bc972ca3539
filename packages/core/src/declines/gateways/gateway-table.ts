import type { DeclineCode } from '../decline-codes.ts'
import type { Source } from '../sources.ts'

/** A gateway's own codes as unified ones, in parts that come from the same pages. No code stands in two parts. */
export type GatewayTable = readonly {
  /** Of the codes and what they mean; the pairing with a unified one is ours. */
  readonly sources: readonly Source[]
  readonly codes: Readonly<Record<string, DeclineCode>>
}[]
