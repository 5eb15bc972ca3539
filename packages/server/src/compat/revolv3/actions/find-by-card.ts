import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  listGatewaysOfCards,
  listSubscriptionsOfCard,
  type BillingDeps,
} from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { tokenize } from './vault-method.ts'

/** Rows of an answer that has no pages. */
export const ROWS_MAX = 1_000

/** An answer that leaves something out in silence would be believed to be whole. */
export function refuseAbove(max: number, rows: readonly unknown[]): void {
  if (rows.length > max)
    throw new FaceRefusal(422, `There are more than ${max} of them, and this answer has no pages: list them over /v2.`) // prettier-ignore
}

/**
 * The subscriptions that have a card among their methods, by what each processor that holds such cards calls the same one.
 * The number goes to these and nowhere else.
 */
export async function findByCard(
  deps: BillingDeps,
  context: CommandContext,
  number: string,
): Promise<readonly Uuid[]> {
  const { accountId } = context
  const gatewayIds = await context.inTx((tx) => listGatewaysOfCards(tx, accountId))
  const fingerprints: string[] = []
  for (const id of gatewayIds)
    fingerprints.push(await fingerprintAt(deps, context, { number, gatewayCode: encodeId('gateway', id) })) // prettier-ignore
  const wanted = { fingerprints, limit: ROWS_MAX + 1 }
  const ids = await context.inTx((tx) => listSubscriptionsOfCard(tx, accountId, wanted))
  refuseAbove(ROWS_MAX, ids)
  return ids
}

async function fingerprintAt(
  deps: BillingDeps,
  context: CommandContext,
  { number, gatewayCode }: { readonly number: string; readonly gatewayCode: string },
): Promise<string> {
  const expiry = { expMonth: 12, expYear: new Date(context.now).getUTCFullYear() + 3 }
  const card = { number, ...expiry, securityCode: null, holderName: null }
  const of = { instrument: { kind: 'card', card }, gatewayCode } as const
  const { fingerprint } = (await tokenize(deps, context, of)).details
  if (fingerprint !== null) return fingerprint
  throw new FaceRefusal(422, `The processor ${gatewayCode} does not tell which cards are the same: cards that it holds cannot be looked up.`) // prettier-ignore
}
