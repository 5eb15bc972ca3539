import type { Uuid } from '../../ids/index.ts'
import type { RecyclingTerms } from '../state/recycling-terms.ts'

/** The tax of what is charged to a method, or to the first one. Nothing is due on nothing. */
export function taxOf(
  recycling: RecyclingTerms | undefined,
  charged: { readonly netMinor: bigint; readonly paymentMethodId?: Uuid },
): bigint {
  if (recycling === undefined || charged.netMinor <= 0n) return 0n
  const { paymentMethodId } = charged
  const method =
    paymentMethodId === undefined
      ? recycling.methods[0]
      : recycling.methods.find((one) => one.paymentMethodId === paymentMethodId)
  return method?.taxMinor ?? 0n
}
