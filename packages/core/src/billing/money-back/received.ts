import { assert } from '../../fault/index.ts'
import type { PaymentIntent } from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'

/** By how much more, or less, an intent has received. */
export function received(intent: PaymentIntent, byMinor: bigint, at: Instant): PaymentIntent {
  const receivedMinor = intent.receivedMinor + byMinor
  assert(receivedMinor >= 0n, 'an intent has received what its sale took')
  return { ...intent, receivedMinor, version: intent.version + 1, updatedAt: at }
}
