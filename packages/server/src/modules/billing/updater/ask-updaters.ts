import type { Uuid } from '@perennial/core/ids'
import type { CardDetails, MethodChange } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import {
  applyMethodChange,
  claimEndingCards,
  eachByGateway,
  listTokensToAsk,
  unlessFault,
  type EndingCard,
  type TokenToAsk,
} from '../../payments/index.ts'
import type { DueWindow } from '../work/due-window.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'

type Question = {
  readonly gatewayId: Uuid
  readonly card: EndingCard
  readonly asked: TokenToAsk
}
type News = { readonly gatewayId: Uuid; readonly change: MethodChange; readonly at: Instant }

/** Writes of one account that may be under way at once, each of a few statements. */
const WRITES_AT_ONCE = 4

/**
 * Cards that end and may be charged within a day: their gateways are asked whether there is a new one, a day before the
 * charge, which waits for no answer. Answers that get lost are not asked for again before the next day: the charge itself tells.
 * Returns how many cards were looked at.
 */
export async function askUpdaters(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  signal: AbortSignal,
): Promise<number> {
  const { accountId } = scope
  const { until, decideAt } = window
  const asked = { until, isEachAtItsTime: decideAt === 'due', limit: deps.batchSize }
  // A gateway that does not answer is not waited for twice.
  const silent = new Set<Uuid>()
  let looked = 0
  while (!signal.aborted) {
    const cards = await deps.database.statement((tx) => claimEndingCards(tx, accountId, asked))
    if (cards.length === 0) return looked
    looked += cards.length
    const wanted = cards.filter(({ isWanted }) => isWanted)
    if (wanted.length === 0) continue
    const news = await askAll(deps, scope, { cards: wanted, silent })
    await eachConcurrently(news, WRITES_AT_ONCE, async ({ at, ...told }) => {
      await applyMethodChange(contextOf(deps, scope, at), told)
    })
  }
  return looked
}

async function askAll(
  deps: BillingDeps,
  { accountId }: BillingScope,
  given: { readonly cards: readonly EndingCard[]; readonly silent: Set<Uuid> },
): Promise<News[]> {
  const { cards, silent } = given
  const questions = await questionsAbout(deps, accountId, cards)
  const news: News[] = []
  await eachByGateway(questions, deps.concurrency, async ({ card, asked }) => {
    const { gatewayId, ...token } = asked
    if (silent.has(gatewayId)) return
    const about = { what: 'question to an account updater', gatewayId, paymentMethodId: card.id }
    const answer = await unlessFault(deps.log, about, async () => {
      const { port, slots } = await deps.gateways.portOf(accountId, gatewayId)
      const question = { accountId, ...token, at: card.at }
      const details = await slots.run(() => port.describeToken(question))
      return { kind: 'told', details } as const
    })
    if (answer.kind === 'unknown') silent.add(gatewayId)
    else if (answer.details !== null && isNew(card, answer.details))
      news.push({ gatewayId, at: card.at, change: changeOf(asked, answer.details) })
  })
  return news
}

/** Each card at the first of its gateways that can tell. */
async function questionsAbout(
  deps: BillingDeps,
  accountId: Uuid,
  cards: readonly EndingCard[],
): Promise<Question[]> {
  const ids = cards.map(({ id }) => id)
  const tokens = await deps.database.statement((tx) => listTokensToAsk(tx, accountId, ids))
  const renewing = new Set<Uuid>()
  for (const gatewayId of new Set(tokens.map((token) => token.gatewayId))) {
    const { port } = await deps.gateways.portOf(accountId, gatewayId)
    if (port.abilities.renewsCards === true) renewing.add(gatewayId)
  }
  const firsts = new Map<Uuid, TokenToAsk>()
  for (const token of tokens) {
    const { gatewayId, paymentMethodId } = token
    if (renewing.has(gatewayId) && !firsts.has(paymentMethodId)) firsts.set(paymentMethodId, token)
  }
  return cards.flatMap((card) => {
    const asked = firsts.get(card.id)
    return asked === undefined ? [] : [{ gatewayId: asked.gatewayId, card, asked }]
  })
}

/** What a gateway leaves out is no news. */
function isNew(card: EndingCard, told: CardDetails): boolean {
  return (['last4', 'expMonth', 'expYear'] as const).some(
    (field) => told[field] !== null && told[field] !== card[field],
  )
}

function changeOf(
  { token, paymentMethodId }: TokenToAsk,
  { last4, expMonth, expYear }: CardDetails,
): MethodChange {
  return { token, paymentMethodId, change: 'updated', newToken: null, last4, expMonth, expYear }
}
