import { newsOfToken } from '../tokens/news-of-token.ts'
import type { ResolvedToken, TokenUse } from '../vault/resolve-token.ts'
import { watchKey } from '../vault/state.ts'
import { type Context, record } from './context.ts'

/** Once an account holds a card that an updater will have news of, the account is told when they come. */
export function watchToken(context: Context, use: TokenUse, resolved: ResolvedToken): void {
  const { account, gatewayId, token, instrument, at, offsetMs = 0 } = use
  const changesAt = nextNewsAt(resolved, { at, offsetMs })
  if (changesAt === null) return
  const scope = { account, gatewayId, token, instrument }
  const known = context.state.watches.get(watchKey(scope))
  if (known !== undefined && known.changesAt >= changesAt) return
  record(context, { kind: 'token_watched', watch: { ...scope, changesAt, offsetMs } })
}

/** Null where an updater will never bring anything. */
function nextNewsAt(
  { behaviour, card }: ResolvedToken,
  { at, offsetMs }: { readonly at: number; readonly offsetMs: number },
): number | null {
  if (behaviour.kind === 'world' && card !== null) {
    return card.lives.find((life) => life.from > at)?.from ?? null
  }
  const news = newsOfToken(behaviour)
  if (news === null) return null
  const changesAt = news.fromLocal - offsetMs
  return changesAt > at ? changesAt : null
}
