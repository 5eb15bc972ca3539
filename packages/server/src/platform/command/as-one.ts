import { inPart } from '../db/index.ts'
import type { CommandContext } from './context.ts'

/**
 * Runs commands as one: what each of them commits by itself otherwise is committed together at the end, or not at all when
 * `fn` throws. For commands that call nothing outside, one after the other.
 */
export function asOne<T>(
  context: CommandContext,
  fn: (context: CommandContext) => Promise<T>,
): Promise<T> {
  return context.inTx((tx) => fn({ ...context, inTx: (part) => inPart(tx, part) }))
}
