import type { Uuid } from '@perennial/core/ids'
import { accountNow } from '../../../../platform/clock/index.ts'
import { accepted, type Decision, refused } from '../../../../platform/command/index.ts'
import { eachConcurrently } from '../../../../platform/loop/index.ts'
import { burnLink, countTry, takeTryBack } from '../../../card-updates/index.ts'
import {
  type CardOutcome,
  type CardPageHost,
  type CardPageView,
  type CardRefusal,
  type GivenCard,
  type NotCharged,
  problemOf,
  sumByCurrency,
  TRIES_MAX,
} from '../../../card-updates/page/index.ts'
import { tokenizeInstrument } from '../../../payments/methods/index.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { keepDetails } from '../charge-outside.ts'
import { listChallengesOn, listTriedOn } from '../queries/card-tries.ts'
import { listCards } from '../queries/cards.ts'
import { listWaitingOn } from '../queries/recoveries.ts'
import { toRecovery } from '../rows.ts'
import type { Progress } from '../progress.ts'
import { recoverAttempt } from '../run-attempts.ts'
import { openLink, replaceCard, type OpenLink } from './use-link.ts'

const CHARGES_AT_ONCE = 4

/** The card page of payers whose biller is a recovery client: it shows the biller and nobody else. */
export function createClientHost(deps: OutsideDeps): CardPageHost {
  return {
    open: async (token) => {
      const opened = await openLink(deps, token)
      return opened.kind === 'refused' ? opened : accepted(await readView(deps, opened.value))
    },
    give: (token, given) => takeCard(deps, token, given),
    continue: (token) => continueCard(deps, token),
  }
}

async function readView(deps: OutsideDeps, { link, client }: OpenLink): Promise<CardPageView> {
  const { accountId, id: clientId } = client
  const { paymentToken: token } = link
  const of = { accountId, clientId, token }
  return deps.database.tx(
    async (tx) => {
      const challenges = await listChallengesOn(tx, of)
      const waiting = (await listWaitingOn(tx, of)).map(toRecovery)
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
        owed: sumByCurrency([...waiting, ...challenges]),
        oldCard: last4 === null ? null : { brand: card?.brand ?? null, last4 },
        problem: decline === null ? null : problemOf(decline.code),
        country: first?.country ?? card?.country ?? null,
        tries: link.tries,
        isReturning: challenges.length > 0,
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
  // Whoever gives another card does not go to their bank about the one before.
  await askAbout(deps, opened.value, { isGivenUp: true })
  // One that its gateway does not let go of can be met still: a second card could pay twice.
  const url = await findChallengeOn(deps, opened.value)
  if (url !== null) return accepted({ kind: 'authenticate', url, tries, nextToken: null })
  const now = accountNow(client, realNow)
  const tokenized = await tokenizeInstrument(
    deps.gateways,
    { accountId, now },
    {
      gatewayCode: client.gateway,
      instrument: { kind: 'card', card: given.card },
      holderTokenAt: () => link.paymentToken,
    },
  )
  if (tokenized.kind === 'refused') {
    if (tokenized.code === 'instrument_refused') return accepted(mistyped(tries))
    deps.log.warn({ accountId, reason: tokenized.code }, 'a card page could take no card')
    const key = { accountId, id: link.id }
    await deps.database.tx((tx) => takeTryBack(tx, key, tries), { accountScope: accountId })
    return accepted({ kind: 'unavailable', tries: given.tries })
  }
  const { token: newToken, details } = tokenized.value
  const of = { accountId, clientId: client.id, token: newToken }
  await keepDetails(deps, of, { card: details, at: now })
  const replaced = await replaceCard(deps, token, { newToken, giver: { tries } })
  if (replaced.kind === 'refused')
    return replaced.code === 'token_shape' ? accepted({ kind: 'unavailable', tries }) : replaced
  const { reached, notCharged, next } = replaced.value
  const card = { brand: details.brand, last4: details.last4 ?? '' }
  const outcome = outcomeOf(reached, { tries, card, nextToken: next?.token ?? null, notCharged })
  const isNextTold = 'nextToken' in outcome && outcome.nextToken !== null
  // Nobody knows of it.
  if (next !== null && !isNextTold) await burn(deps, { accountId, id: next.id })
  return accepted(outcome)
}

function burn(
  { database, clock }: OutsideDeps,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<boolean> {
  const { accountId: accountScope } = key
  return database.tx((tx) => burnLink(tx, key, clock.now()), { accountScope })
}

/** What became of challenges of the link's card; those that are given up are called off, so that another card is free. */
async function askAbout(
  deps: OutsideDeps,
  { link, client }: OpenLink,
  asking: { readonly isGivenUp: boolean },
): Promise<void> {
  const { accountId, id: clientId } = client
  const of = { accountId, clientId, token: link.paymentToken }
  const scope = { accountScope: accountId }
  const challenges = await deps.database.tx((tx) => listChallengesOn(tx, of), scope)
  const at = accountNow(client, deps.clock.now())
  await eachConcurrently(challenges, CHARGES_AT_ONCE, async (attempt) => {
    await recoverAttempt(deps, attempt, { at: () => at, ...asking })
  })
}

/** Where the owner of the link's card is still awaited by their bank. */
async function findChallengeOn(
  { database }: Pick<OutsideDeps, 'database'>,
  { link, client }: OpenLink,
): Promise<string | null> {
  const { accountId, id: clientId } = client
  const of = { accountId, clientId, token: link.paymentToken }
  const [open] = await database.tx((tx) => listChallengesOn(tx, of), { accountScope: accountId })
  return open?.nextActionUrl ?? null
}

/** A payer comes back from their bank, or asks once more: what came of the card that the link before this one was for. */
async function continueCard(
  deps: OutsideDeps,
  token: string,
): Promise<Decision<CardOutcome, CardRefusal>> {
  const opened = await openLink(deps, token)
  if (opened.kind === 'refused') return opened
  const { link, client } = opened.value
  await askAbout(deps, opened.value, { isGivenUp: false })
  const { accountId, id: clientId } = client
  const of = { accountId, clientId, token: link.paymentToken }
  const { tried, challenges, card } = await deps.database.tx(
    async (tx) => ({
      tried: (await listTriedOn(tx, of)).map(toRecovery),
      challenges: await listChallengesOn(tx, of),
      card: (await listCards(tx, { accountId, clientId, tokens: [of.token] }))[0],
    }),
    { accountScope: accountId },
  )
  const urls = new Map(challenges.map((attempt) => [attempt.recoveryId, attempt.nextActionUrl]))
  // What the biller or a schedule has tried before is nothing that the payer asks about.
  const reached = tried
    .filter(({ id, trigger }) => trigger === 'card_update' || urls.has(id))
    .map((recovery) => ({
      recovery,
      isUnknown: recovery.state === 'attempting',
      nextActionUrl: urls.get(recovery.id) ?? null,
    }))
  if (reached.length === 0) return refused('card_busy')
  const shown = { brand: card?.brand ?? null, last4: card?.last4 ?? '' }
  const outcome = outcomeOf(reached, {
    tries: link.tries,
    card: shown,
    nextToken: null,
    notCharged: [],
  })
  const isPaid = outcome.kind === 'paid'
  const isFirst = !isPaid || (await burn(deps, { accountId, id: link.id }))
  return isFirst ? accepted(outcome) : refused('link_used')
}

function mistyped(tries: number): CardOutcome {
  return { kind: 'declined', problem: 'details', tries, isSaved: false, nextToken: null }
}

/** Of several payments that were not charged, for different reasons, what matters most to whoever owes them. */
const SAID_FIRST: readonly NotCharged[] = ['later', 'on_its_way', 'told', 'settled']

/** `nextToken`: the link to go on with; null = the one that is open, or none. */
function outcomeOf(
  reached: readonly Progress[],
  given: {
    readonly tries: number
    readonly card: { readonly brand: string | null; readonly last4: string }
    readonly nextToken: string | null
    readonly notCharged: readonly NotCharged[]
  },
): CardOutcome {
  const { tries, card, nextToken } = given
  if (reached.length === 0) {
    const notCharged = SAID_FIRST.find((reason) => given.notCharged.includes(reason)) ?? null
    return { kind: 'saved', card, notCharged }
  }
  const url = reached.find((one) => one.nextActionUrl !== null)?.nextActionUrl ?? null
  if (url !== null) return { kind: 'authenticate', url, tries, nextToken }
  if (reached.some(({ isUnknown }) => isUnknown)) return { kind: 'processing' }
  const failed = reached.find(({ recovery }) => recovery.state !== 'succeeded')?.recovery
  if (failed === undefined)
    return { kind: 'paid', card, paid: sumByCurrency(reached.map(({ recovery }) => recovery)) }
  const problem = problemOf(failed.lastDecline?.code ?? 'generic_decline')
  // The biller knows the new card by now, so the next one takes that one's place, on a link of its own.
  const next = tries < TRIES_MAX ? nextToken : null
  return { kind: 'declined', problem, tries, isSaved: true, nextToken: next }
}
