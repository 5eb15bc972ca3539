import { type Clock, accountNow } from '../clock/index.ts'
import type { CommandContext } from '../command/index.ts'
import type { Database } from '../db/index.ts'
import type { Ids } from '../ids/index.ts'
import type { ApiKeyRecord } from './authenticate.ts'
import { collectionOf } from './collection-of.ts'
import { remember } from './idempotency/idempotency.ts'
import type { Claim } from './idempotency/queries.ts'

/** The context of one API request. Its transactions see only the account's rows, whatever a query says. */
export function toCommandContext(
  deps: { readonly database: Database; readonly clock: Clock; readonly ids: Ids },
  request: {
    readonly id: string
    readonly method: string
    /** The route's: `/invoices/:id`. */
    readonly path: string
    readonly apiKey: ApiKeyRecord
    readonly idempotencyKey: string | null
    /** Read when a command remembers: the claim is made after the context. */
    readonly claim: () => Claim | null
  },
): CommandContext {
  const { account, environment, clockHeldAt } = request.apiKey
  // The rows of one thing are asked for by their keys, as those of a command are.
  const isSearch = request.method === 'GET' && collectionOf(request.path) === null
  return {
    accountId: account.id,
    environment,
    account,
    now: accountNow({ clockHeldAt }, deps.clock.now()),
    ids: deps.ids,
    request: { id: request.id, idempotencyKey: request.idempotencyKey },
    inTx: (fn) => deps.database.tx(fn, { accountScope: account.id, isSearch }),
    remember: async (tx, kind, id, note) => {
      const claim = request.claim()
      if (claim !== null) await remember(tx, claim, { kind, id, note: note ?? null })
    },
  }
}
