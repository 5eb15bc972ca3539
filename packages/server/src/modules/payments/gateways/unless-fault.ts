import { messageOf } from '@perennial/core/fault'
import { unknownOutcome, type UnknownOutcome } from '@perennial/core/payments'
import { DatabaseOutage } from '../../../platform/db/index.ts'
import type { Logger } from '../../../platform/log/index.ts'

/**
 * What fails for one call to a gateway must not keep others from being made: nobody knows what became of it, so the
 * outcome is unknown. An unreachable database is no matter of one call. `sent` says what was to be sent, for the log.
 */
export async function unlessFault<T>(
  log: Logger,
  sent: { readonly what: string; readonly [field: string]: unknown },
  work: () => Promise<T>,
): Promise<T | UnknownOutcome> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    const cause = messageOf(error)
    const { what, ...fields } = sent
    log.error({ ...fields, cause }, `${what} not sent`)
    return unknownOutcome(cause)
  }
}
