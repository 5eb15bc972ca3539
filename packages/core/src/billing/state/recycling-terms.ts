import type { Uuid } from '../../ids/index.ts'
import type { RecyclingRules } from '../../recovery/index.ts'

/** What is paid of an installment beside its cycles (spec/revolv3.md 11). Amounts are net of tax. */
export type ExtraPayments = {
  readonly paidMinor: bigint
  /** Being charged now, or waiting for a gateway to say. */
  readonly underWayMinor: bigint
  /** The bill of some cycle is still to be paid. */
  readonly owesPart: boolean
}

/** What holds for a subscription that is charged by its own methods in turn and recycled (spec/revolv3.md 6). */
export type RecyclingTerms = {
  readonly rules: RecyclingRules
  /** By priority; the tax is what a bill that is charged to the method bears. */
  readonly methods: readonly { readonly paymentMethodId: Uuid; readonly taxMinor: bigint }[]
  /** A first charge that is refused softly is recycled as well; otherwise it refuses the start. */
  readonly recyclesStart: boolean
  /** Of an installment. */
  readonly extraPayments?: ExtraPayments
}
