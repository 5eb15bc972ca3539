import type { Uuid } from '@perennial/core/ids'
import type { SetupIntent } from '@perennial/core/payments'
import { type CommandContext, type Decision, refused } from '../../../platform/command/index.ts'
import { addToken, tokenizeInstrument } from '../../payments/methods/index.ts'
import type { GivenCard } from '../page/card-page.ts'
import type { CustomerCardDeps } from './customer-deps.ts'

type Card = GivenCard['card']
type Tokenized = Awaited<ReturnType<typeof tokenizeInstrument>>
/** What its owner holds at each gateway, by the gateway. */
type TokensHeld = ReadonlyMap<Uuid, string>

/**
 * A token of the card at the first of these gateways that takes numbers, or else at the account's first: whoever is
 * charged at one gateway brings a card that works there.
 */
export async function tokenizeCard(
  deps: CustomerCardDeps,
  context: CommandContext,
  of: {
    readonly card: Card
    readonly gatewayIds: readonly Uuid[]
    readonly tokensHeld: TokensHeld
  },
): Promise<Tokenized> {
  const wish = wishFor(of)
  for (const gatewayCode of of.gatewayIds) {
    const tokenized = await tokenizeInstrument(deps.gateways, context, { gatewayCode, ...wish })
    const isOther =
      tokenized.kind === 'refused' &&
      (tokenized.code === 'gateway_unknown' || tokenized.code === 'gateway_cannot_tokenize')
    if (!isOther) return tokenized
  }
  return tokenizeInstrument(deps.gateways, context, { gatewayCode: null, ...wish })
}

function wishFor(of: { readonly card: Card; readonly tokensHeld: TokensHeld }) {
  const instrument = { kind: 'card', card: of.card } as const
  return { instrument, holderTokenAt: (id: Uuid) => of.tokensHeld.get(id) ?? null }
}

/**
 * Gives a card that was verified a token at the other gateways that charge its owner, so that routing has its choice. What
 * one of them refuses or leaves unanswered is left out: the card works where it was verified.
 */
export async function tokenizeElsewhere(
  deps: CustomerCardDeps,
  context: CommandContext,
  of: {
    readonly card: Card
    readonly gatewayIds: readonly Uuid[]
    readonly tokensHeld: TokensHeld
    readonly verifiedAt: Uuid
    readonly setup: Pick<SetupIntent, 'status' | 'paymentMethodId'>
  },
): Promise<void> {
  const { setup } = of
  const { paymentMethodId: id } = setup
  // Where its owner has to go to the bank first, the number is gone when they are back.
  if (setup.status !== 'succeeded' || id === null) return
  const wish = wishFor(of)
  await Promise.all(
    of.gatewayIds
      .filter((gatewayId) => gatewayId !== of.verifiedAt)
      .map(async (gatewayCode) => {
        const added = await addAt(deps, context, { id, gatewayCode, wish })
        if (added.kind === 'accepted') return
        const { accountId } = context
        deps.log.warn({ accountId, gatewayCode, reason: added.code }, 'a card page gave one gateway no token') // prettier-ignore
      }),
  )
}

async function addAt(
  deps: CustomerCardDeps,
  context: CommandContext,
  of: {
    readonly id: Uuid
    readonly gatewayCode: Uuid
    readonly wish: ReturnType<typeof wishFor>
  },
): Promise<Decision<unknown, string>> {
  const { id, gatewayCode, wish } = of
  const tokenized = await tokenizeInstrument(deps.gateways, context, { gatewayCode, ...wish })
  if (tokenized.kind === 'refused') return refused(tokenized.code)
  return addToken(deps.gateways, context, { id, gatewayCode, token: tokenized.value.token })
}
