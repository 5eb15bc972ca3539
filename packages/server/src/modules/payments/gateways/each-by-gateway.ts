import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { allLanes, eachConcurrently } from '../../../platform/loop/index.ts'

type OfGateway = { readonly gatewayId: Uuid | null }

/** Each gateway has lanes of its own: one that takes ten seconds to answer keeps nobody waiting but itself. */
export async function eachByGateway<T extends OfGateway>(
  items: readonly T[],
  laneCount: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const groups = Map.groupBy(items, ({ gatewayId }) => gatewayId)
  await allLanes([...groups.values()].map((group) => eachConcurrently(group, laneCount, work)))
}

/**
 * The same for what is due. What counts for different instants goes in their order, as where a test clock has passed over
 * days; by the real clock all counts for one.
 */
export async function eachDueByGateway<T extends OfGateway>(
  items: readonly T[],
  given: { readonly laneCount: number; readonly atOf: (item: T) => Instant },
  work: (item: T, at: Instant) => Promise<void>,
): Promise<void> {
  for (const [at, group] of Map.groupBy(items, given.atOf))
    await eachByGateway(group, given.laneCount, (item) => work(item, at))
}
