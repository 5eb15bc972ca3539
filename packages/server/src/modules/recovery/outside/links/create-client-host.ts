import { accountNow } from '../../../../platform/clock/index.ts'
import { accepted, type Decision, refused } from '../../../../platform/command/index.ts'
import { countTry } from '../../../card-updates/index.ts'
import {
  type CardOutcome,
  type CardPageHost,
  type CardPageView,
  type CardRefusal,
  type GivenCard,
  problemOf,
  sumByCurrency,
  TRIES_MAX,
} from '../../../card-updates/page/index.ts'
import { tokenizeInstrument } from '../../../payments/methods/index.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { listCards } from '../queries/cards.ts'
import { listWaitingOn } from '../queries/recoveries.ts'
import { toRecovery } from '../rows.ts'
import type { Progress } from '../run-attempts.ts'
import { createCardLink } from './create-link.ts'
import { openLink, replaceCard, type OpenLink } from './use-link.ts'

/** The card page of payers whose biller is a recovery client: it shows the biller and nobody else. */
export function createClientHost(deps: OutsideDeps): CardPageHost {
  return {
    open: async (token) => {
      const opened = await openLink(deps, token)
      return opened.kind === 'refused' ? opened : accepted(await readView(deps, opened.value))
    },
    give: (token, given) => takeCard(deps, token, given),
    // What a client's payer gave is done when the answer comes: nothing is left to ask about.
    continue: async (token) => {
      const opened = await openLink(deps, token)
      return opened.kind === 'refused' ? opened : refused('card_busy')
    },
  }
}

async function readView(deps: OutsideDeps, { link, client }: OpenLink): Promise<CardPageView> {
  const { accountId, id: clientId } = client
  const { paymentToken: token } = link
  return deps.database.tx(
    async (tx) => {
      const waiting = (await listWaitingOn(tx, { accountId, clientId, token })).map(toRecovery)
      const [card] = await listCards(tx, { accountId, clientId, tokens: [token] })
      const [first] = waiting
      const decline = first?.lastDecline ?? first?.firstDecline ?? null
      const last4 = card?.last4 ?? null
      return {
        brand: {
          name: client.brandName ?? client.accountName,
          logoUrl: client.brandLogoUrl,
          color: client.brandPrimaryColor,
          supportEmail: null,
        },
        owed: sumByCurrency(waiting),
        oldCard: last4 === null ? null : { brand: card?.brand ?? null, last4 },
        problem: decline === null ? null : problemOf(decline.code),
        country: first?.country ?? card?.country ?? null,
        tries: link.tries,
        isReturning: false,
      }
    },
    { accountScope: accountId },
  )
}

async function takeCard(
  deps: OutsideDeps,
  token: string,
  given: GivenCard,
): Promise<Decision<CardOutcome, CardRefusal>> {
  const opened = await openLink(deps, token)
  if (opened.kind === 'refused') return opened
  const { link, client } = opened.value
  const { accountId } = client
  if (link.tries >= TRIES_MAX) return refused('too_many_tries')
  const realNow = deps.clock.now()
  const isFirst = await deps.database.tx(
    (tx) => countTry(tx, { accountId, id: link.id }, { tries: given.tries, realNow }),
    { accountScope: accountId },
  )
  if (!isFirst) return refused('card_busy')
  const tries = given.tries + 1
  const tokenized = await tokenizeInstrument(
    deps.gateways,
    { accountId, now: accountNow(client, realNow) },
    { gatewayCode: client.gateway, instrument: { kind: 'card', card: given.card } },
  )
  if (tokenized.kind === 'refused') {
    if (tokenized.code === 'instrument_refused') return accepted(mistyped(tries))
    deps.log.warn({ accountId, reason: tokenized.code }, 'a card page could take no card')
    return accepted({ kind: 'unavailable', tries })
  }
  const { token: newToken, details } = tokenized.value
  const replaced = await replaceCard(deps, token, newToken)
  if (replaced.kind === 'refused')
    return replaced.code === 'token_shape' ? accepted({ kind: 'unavailable', tries }) : replaced
  const card = { brand: details.brand, last4: details.last4 ?? '' }
  return accepted(await outcomeOf(deps, { ...opened.value, newToken, tries, card }, replaced.value))
}

function mistyped(tries: number): CardOutcome {
  return { kind: 'declined', problem: 'details', tries, isSaved: false, nextToken: null }
}

type Replaced = OpenLink & {
  readonly newToken: string
  readonly tries: number
  readonly card: { readonly brand: string | null; readonly last4: string }
}

async function outcomeOf(
  deps: OutsideDeps,
  { link, client, newToken, tries, card }: Replaced,
  reached: readonly Progress[],
): Promise<CardOutcome> {
  if (reached.length === 0) return { kind: 'saved', card }
  if (reached.some(({ isUnknown }) => isUnknown)) return { kind: 'processing' }
  const failed = reached.find(({ recovery }) => recovery.state !== 'succeeded')?.recovery
  if (failed === undefined)
    return { kind: 'paid', card, paid: sumByCurrency(reached.map(({ recovery }) => recovery)) }
  const problem = problemOf(failed.lastDecline?.code ?? 'generic_decline')
  // The biller knows the new card by now, so the next one takes that one's place, on a link of its own.
  const of = {
    paymentToken: newToken,
    recoveryId: link.recoveryId,
    payer: 'present',
    tries,
  } as const
  const next = tries < TRIES_MAX ? await createCardLink(deps, client, of) : null
  return { kind: 'declined', problem, tries, isSaved: true, nextToken: next?.token ?? null }
}
