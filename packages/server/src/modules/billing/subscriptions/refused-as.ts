import type { Refused as RefusedInCore, Subscription } from '@perennial/core/subscriptions'
import { refused, type Refused } from '../../../platform/command/index.ts'

/** A refusal of the core as a command's. One because of the status says which it is, and in which the command is done. */
export function refusedAs<Code extends string>(
  { status }: Pick<Subscription, 'status'>,
  { code, needs }: RefusedInCore<Code>,
): Refused<Code> {
  if (code !== 'subscription_state_invalid') return refused(code)
  const present = `This subscription is ${status}`
  const message =
    needs === undefined
      ? `${present}, and does not allow this as it stands.`
      : `${present}. This is possible only while it is ${needs.join(' or ')}.`
  return refused(code, { message })
}
