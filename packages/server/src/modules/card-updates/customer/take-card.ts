import type { Uuid } from '@perennial/core/ids'
import type { SetupIntent } from '@perennial/core/payments'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
} from '../../../platform/command/index.ts'
import {
  cancelSetupIntent,
  confirmSetupIntent,
  draftSetupIntent,
  findSetupIntent,
  refreshSetupIntent,
} from '../../payments/setup-intents/index.ts'
import { cardUpdateUrl } from '../links/create-links.ts'
import { type CustomerLink, openCustomerLink } from '../links/open-link.ts'
import { countTry, keepVerification, takeTryBack } from '../links/queries.ts'
import {
  backTo,
  type CardOutcome,
  type CardRefusal,
  type GivenCard,
  problemOf,
  TRIES_MAX,
} from '../page/card-page.ts'
import type { CustomerCardDeps } from './customer-deps.ts'
import { finishUpdate } from './finish-update.ts'
import { listChargingGateways, listTokensHeld } from './queries.ts'
import { tokenizeCard, tokenizeElsewhere } from './tokenize-card.ts'

export type OpenedLink = { readonly link: CustomerLink; readonly token: string }

/**
 * Takes a card that a customer typed: tokenised, verified at its gateway without charging it, kept, and then charged
 * with what is owed. The number lives in the arguments of the tokenisation alone. Refusals in the order of the checks.
 */
export async function takeCard(
  deps: CustomerCardDeps,
  token: string,
  given: GivenCard,
): Promise<Decision<CardOutcome, CardRefusal>> {
  const opened = await openCustomerLink(deps, token)
  if (opened.kind === 'refused') return opened
  const link = opened.value
  if (link.tries >= TRIES_MAX) return refused('too_many_tries')
  const context = await deps.openContext(link.accountId)
  const key = { accountId: link.accountId, id: link.id }
  const realNow = deps.clock.now()
  const isFirst = await context.inTx((tx) => countTry(tx, key, { tries: given.tries, realNow }))
  if (!isFirst) return refused('card_busy')
  const tries = given.tries + 1
  await giveUpChallenge(deps, context, link)
  const verified = await verifyCard(deps, context, { link: { ...link, tries }, token, given })
  if (verified.kind === 'refused') {
    if (verified.code === 'instrument_refused')
      return accepted({ kind: 'declined', problem: 'details', tries, isSaved: false, nextToken: null }) // prettier-ignore
    await context.inTx((tx) => takeTryBack(tx, key, tries))
    return accepted({ kind: 'unavailable', tries: given.tries })
  }
  return outcomeOf(deps, context, { link: { ...link, tries }, setup: verified.value })
}

/** Asks what came of the card that was given last: its owner comes back from their bank, or their bank has been silent. */
export async function continueCard(
  deps: CustomerCardDeps,
  token: string,
): Promise<Decision<CardOutcome, CardRefusal>> {
  const opened = await openCustomerLink(deps, token)
  if (opened.kind === 'refused') return opened
  const link = opened.value
  if (link.setupIntentId === null) return refused('card_busy')
  const context = await deps.openContext(link.accountId)
  const setup = await refreshSetupIntent(deps, context, link.setupIntentId)
  return setup === null ? refused('card_busy') : outcomeOf(deps, context, { link, setup })
}

/** Whoever gives another card does not go to their bank about the one before: that one must not be kept later. */
async function giveUpChallenge(
  deps: CustomerCardDeps,
  context: CommandContext,
  { setupIntentId: id }: CustomerLink,
): Promise<void> {
  const setup = id === null ? null : await findSetup(context, id)
  if (setup?.status !== 'requires_action') return
  const canceled = await cancelSetupIntent(deps, context, { id: setup.id, reason: 'abandoned' })
  if (canceled.kind === 'accepted') return
  deps.log.warn({ setupIntentId: setup.id, reason: canceled.code }, 'a challenge was left for later') // prettier-ignore
}

async function verifyCard(
  deps: CustomerCardDeps,
  context: CommandContext,
  of: OpenedLink & { readonly given: GivenCard },
): Promise<Decision<SetupIntent, 'instrument_refused' | 'unavailable'>> {
  const { link, token, given } = of
  const { card } = given
  const places = await context.inTx(async (tx) => ({
    gatewayIds: await listChargingGateways(tx, link),
    tokensHeld: await listTokensHeld(tx, link),
  }))
  const tokenized = await tokenizeCard(deps, context, { card, ...places })
  if (tokenized.kind === 'refused') {
    if (tokenized.code === 'instrument_refused') return refused('instrument_refused')
    const { accountId } = context
    deps.log.warn({ accountId, reason: tokenized.code }, 'a card page could take no card')
    return refused('unavailable')
  }
  const drafted = await draftSetupIntent(context, {
    customerId: link.customerId,
    paymentMethodTypes: ['card'],
    usage: 'off_session',
    description: 'Card update page',
    metadata: {},
  })
  if (drafted.kind === 'refused') return refused('unavailable')
  const { id } = drafted.value
  const key = { accountId: context.accountId, id: link.id }
  await context.inTx((tx) => keepVerification(tx, key, id))
  const confirmed = await confirmSetupIntent(deps, context, {
    id,
    paymentMethodId: null,
    token: tokenized.value.token,
    gatewayCode: String(tokenized.value.gatewayId),
    returnUrl: backTo(cardUpdateUrl(deps.publicUrl, token)),
    billingDetails: billingDetailsOf(given),
  })
  if (confirmed.kind === 'refused') {
    deps.log.warn({ accountId: context.accountId, reason: confirmed.code }, 'a card page could not verify a card') // prettier-ignore
    return refused('unavailable')
  }
  const setup = await findSetup(context, id)
  if (setup === null) return refused('unavailable')
  const { gatewayId: verifiedAt } = tokenized.value
  await tokenizeElsewhere(deps, context, { card, ...places, verifiedAt, setup })
  return accepted(setup)
}

/** What the issuer may check on later charges. */
function billingDetailsOf({ card, postalCode }: GivenCard) {
  const address = postalCode === null ? {} : { address: { postal_code: postalCode } }
  return { name: card.holderName, ...address }
}

function findSetup(context: CommandContext, id: Uuid): Promise<SetupIntent | null> {
  return context.inTx((tx) => findSetupIntent(tx, { accountId: context.accountId, id }))
}

async function outcomeOf(
  deps: CustomerCardDeps,
  context: CommandContext,
  { link, setup }: { readonly link: CustomerLink; readonly setup: SetupIntent },
): Promise<Decision<CardOutcome, CardRefusal>> {
  switch (setup.status) {
    case 'succeeded': {
      const outcome = await finishUpdate(deps, context, { link, setup })
      return outcome === null ? refused('link_used') : accepted(outcome)
    }
    case 'requires_action':
      return accepted(
        setup.nextAction === null
          ? { kind: 'processing' }
          : {
              kind: 'authenticate',
              url: setup.nextAction.url,
              tries: link.tries,
              nextToken: null,
            },
      )
    case 'processing':
      return accepted({ kind: 'processing' })
    default: {
      const code = setup.lastError?.declineCode ?? 'generic_decline'
      const { tries } = link
      return accepted({ kind: 'declined', problem: problemOf(code), tries, isSaved: false, nextToken: null }) // prettier-ignore
    }
  }
}
