import type { Delivery } from '../vault/endpoint.ts'

/** For tests of those who listen. */
export function muddle<T>(told: readonly T[], delivery: Delivery = 'in_order'): T[] {
  if (delivery === 'reversed') return told.toReversed()
  return delivery === 'doubled' ? told.flatMap((one) => [one, one]) : [...told]
}
