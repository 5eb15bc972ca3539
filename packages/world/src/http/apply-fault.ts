import { assertNever } from '@perennial/core/fault'
import { scopeKey } from '../vault/state.ts'
import { type Answer, refuse } from './answer.ts'
import type { Call } from './call.ts'
import type { Context } from './context.ts'

/** Answers in the place of a gateway that was asked to fail; a slow one does what it is told, late. */
export function applyFault(
  context: Context,
  { account }: Call,
  at: { readonly gatewayId: string; readonly act: () => Answer },
): Answer {
  if (context.faults.size === 0) return at.act()
  const fault = context.faults.get(scopeKey({ account, gatewayId: at.gatewayId }))
  if (fault === undefined) return at.act()
  const { kind, waitMs } = fault
  switch (kind) {
    case 'down':
      return refuse('gateway_error')
    case 'silent':
      return { kind: 'hang_up' }
    case 'nonsense':
      return { kind: 'nonsense' }
    case 'slow': {
      const answer = at.act()
      return answer.kind === 'json' ? { ...answer, waitMs } : answer
    }
    default:
      return assertNever(kind)
  }
}
