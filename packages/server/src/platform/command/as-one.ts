import { inPart } from '../db/index.ts'
import type { CommandContext } from './context.ts'
import type { Decision, Refused } from './decision.ts'
import { markWithin } from './within.ts'

/**
 * Runs commands as one: what each of them commits by itself otherwise is committed together at the end, or not at all when
 * `fn` throws. For commands that call nothing outside, one after the other: a gateway that is asked within it is a fault
 * (`assertOutsideAsOne`), so a charge is begun within and sent after.
 */
export function asOne<T>(
  context: CommandContext,
  fn: (context: CommandContext) => Promise<T>,
): Promise<T> {
  return context.inTx((tx) =>
    markWithin(() => fn({ ...context, inTx: (part) => inPart(tx, part) })),
  )
}

/** The same for a decision: what a refusal has written on its way is undone. */
export async function decideAsOne<Accepted, Code extends string>(
  context: CommandContext,
  fn: (context: CommandContext) => Promise<Decision<Accepted, Code>>,
): Promise<Decision<Accepted, Code>> {
  let refusal: Refused<Code> | null = null
  try {
    return await asOne(context, async (whole) => {
      const decision = await fn(whole)
      if (decision.kind === 'accepted') return decision
      refusal = decision
      throw new Undone()
    })
  } catch (error) {
    if (error instanceof Undone && refusal !== null) return refusal
    throw error
  }
}

/** Ends a transaction whose decision was a refusal. */
class Undone extends Error {
  override readonly name = 'Undone'
}
