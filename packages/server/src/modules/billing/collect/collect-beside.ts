import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { collect, type Collected } from './collect.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import type { SettleSettings } from './settle-outcomes.ts'

/** Collects batch after batch of one run; a gateway that is much slower than the others goes on beside them. */
export type Collector = {
  /** Back when the batch is collected, apart from what slow gateways still have of it. */
  collect(attempts: readonly PaymentAttempt[], settings: SettleSettings): Promise<void>
  /** Back when the next part of what is being collected is done; false where nothing is. */
  untilNext(): Promise<boolean>
  /** Waits for the rest; throws the first fault there was. */
  finish(): Promise<void>
}

/** So much later than the first gateway of a batch another one may be before the batch goes on without it. */
const PATIENCE_MS = 1_000
/** Batches' worth of attempts that slow gateways may have before new batches wait for them after all. */
const STRAGGLING_BATCHES_MAX = 20

/**
 * A gateway that answers in ten seconds would hold up every batch that has one charge for it, and with them the charges
 * for all others. So each gateway's part of a batch is collected by itself, and what is late against the others is not
 * waited for. Where only one gateway is used, nothing is late: its pace is the run's.
 */
export function createCollector(
  deps: BillingDeps,
  scope: BillingScope,
  onCollected: (collected: Collected) => void,
): Collector {
  const slow = new Set<Uuid>()
  const inHand = new Set<Promise<unknown>>()
  const straggling = new Set<Promise<void>>()
  let stragglers = 0
  let fault: { readonly error: unknown } | null = null

  const straggle = (part: Part): void => {
    slow.add(part.gatewayId)
    stragglers += part.size
    const waited = part.done
      .then((tookMs) => {
        if (tookMs < PATIENCE_MS) slow.delete(part.gatewayId)
      })
      .catch((error: unknown) => {
        fault ??= { error }
      })
      .finally(() => {
        stragglers -= part.size
        straggling.delete(waited)
      })
    straggling.add(waited)
  }
  const begin = (
    [gatewayId, attempts]: readonly [Uuid, readonly PaymentAttempt[]],
    settings: SettleSettings,
  ): Part => {
    const startedMs = deps.clock.monotonicMs()
    const run = async (): Promise<number> => {
      onCollected(await collect(deps, scope, attempts, settings))
      return deps.clock.monotonicMs() - startedMs
    }
    const done = run()
    // Faults are met by whoever awaits the part itself.
    const ended = done.catch(() => undefined).finally(() => inHand.delete(ended))
    inHand.add(ended)
    return { gatewayId, size: attempts.length, done }
  }

  return {
    collect: async (attempts, settings) => {
      const groups = [...Map.groupBy(attempts, ({ gatewayId }) => gatewayId)]
      // What a slow gateway has is loaded anew when it is settled, so that no batch is held in memory for it.
      const { atOf } = settings
      const late = groups.filter(([id]) => slow.has(id)).map((group) => begin(group, { atOf }))
      const brisk = groups.filter(([id]) => !slow.has(id)).map((group) => begin(group, settings))
      for (const part of late) straggle(part)
      const open = await findLate(brisk)
      for (const part of open) straggle(part)
      for (const part of brisk) if (!open.has(part)) await part.done
      while (stragglers > deps.batchSize * STRAGGLING_BATCHES_MAX) await Promise.race(straggling)
      if (fault !== null) throw fault.error
    },
    untilNext: async () => {
      if (inHand.size === 0) return false
      await Promise.race(inHand)
      return true
    },
    finish: async () => {
      await Promise.all(straggling)
      if (fault !== null) throw fault.error
    },
  }
}

type Part = { readonly gatewayId: Uuid; readonly size: number; readonly done: Promise<number> }

/** Those that are not done when the first of several has been done for a while. */
async function findLate(parts: readonly Part[]): Promise<ReadonlySet<Part>> {
  const open = new Set(parts)
  if (parts.length <= 1) return new Set()
  // Faults are met by whoever awaits the part itself.
  const watched = parts.map(async (part) => {
    await part.done.catch(() => undefined)
    open.delete(part)
  })
  await Promise.race(watched)
  const { promise: isOver, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, PATIENCE_MS)
  await Promise.race([Promise.all(watched), isOver])
  clearTimeout(timer)
  return open
}
