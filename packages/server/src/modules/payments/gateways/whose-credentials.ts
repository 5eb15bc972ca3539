import type { GatewayPort, GatewayVendor } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import { listNewestTokens, type KeptToken } from '../queries/gateway-accounts.ts'
import { openConnection, type GatewayDeps } from './check-connection.ts'
import type { GatewayCredentials } from './credentials.ts'
import type { GatewayAccount } from './gateway-account.ts'

/** One may have been deleted at the vendor. */
const TOKENS_ASKED = 3

type CredentialSet = {
  readonly credentials: GatewayCredentials
  readonly baseUrl: string | null
}

/**
 * Whether new credentials are of another account than those before, at a vendor that does not say whose they are: then the tokens
 * that are kept from there tell. One that the old set knows and the new one does not was made in another account. Where one of them
 * is known to both that is no proof of the opposite, for test tokens are known in every account. False also where nothing is told:
 * no token is kept, or a set may not look at it. Call it outside any transaction; it asks the gateway.
 */
export async function isOfAnotherAccount(
  deps: GatewayDeps,
  context: CommandContext,
  of: {
    readonly vendor: GatewayVendor
    readonly gateway: Pick<GatewayAccount, 'id'>
    readonly before: CredentialSet
    readonly after: CredentialSet
  },
): Promise<boolean> {
  const { accountId } = context
  const key = { accountId, id: of.gateway.id, limit: TOKENS_ASKED }
  const tokens = await context.inTx((tx) => listNewestTokens(tx, key))
  if (tokens.length === 0) return false
  const { vendor } = of
  const after = await openConnection(deps, context, { vendor, ...of.after })
  const before = await openConnection(deps, context, { vendor, ...of.before })
  try {
    const answers = await Promise.all(tokens.map((token) => knows(after, context, token)))
    if (answers.includes(true)) return false
    const unknown = tokens.filter((_, index) => answers[index] === false)
    const known = await Promise.all(unknown.map((token) => knows(before, context, token)))
    return known.includes(true)
  } finally {
    await Promise.all([after.close(), before.close()])
  }
}

/** Null = the gateway did not answer, or not this key. */
async function knows(
  port: GatewayPort,
  { accountId, now: at }: CommandContext,
  { paymentMethodId, token }: KeptToken,
): Promise<boolean | null> {
  const asked = port.describeToken({ accountId, paymentMethodId, token, at })
  return asked.then((details) => details !== null).catch(() => null)
}
