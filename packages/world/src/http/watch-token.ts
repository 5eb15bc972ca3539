import type { ResolvedToken, TokenUse } from '../vault/resolve-token.ts'
import { watchKey } from '../vault/state.ts'
import { type Context, record } from './context.ts'

/** Once an account holds a card that an updater will have news of, the account is told when they come. */
export function watchToken(context: Context, use: TokenUse, { behaviour }: ResolvedToken): void {
  if (behaviour.kind !== 'update') return
  const { account, gatewayId, token, instrument, at, offsetMs = 0 } = use
  const changesAt = behaviour.fromLocal - offsetMs
  const isKnown = context.state.watches.has(watchKey({ account, gatewayId, token, instrument }))
  if (isKnown || changesAt <= at) return
  const watch = { account, gatewayId, token, instrument, changesAt, offsetMs }
  record(context, { kind: 'token_watched', watch })
}
