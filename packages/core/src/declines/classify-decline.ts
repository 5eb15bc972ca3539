import { findAdviceCode, type AdviceKnowledge } from './advice-codes.ts'
import { type CodeKnowledge, knowledgeOf } from './decline-codes.ts'
import type { Decline } from './decline.ts'
import { findIsoCode, type IsoKnowledge } from './iso-codes.ts'
import { findNetworkMeaning, type RefusedCard } from './network-meanings.ts'
import {
  CATEGORY_OF,
  type DeclineCategory,
  type DeclineNature,
  type RecommendedAction,
  type RetryAdvice,
} from './nature.ts'
import type { Source } from './sources.ts'

/** All that is known about one refusal, for whoever decides whether and when to try again. */
export type Classification = {
  readonly nature: DeclineNature
  readonly category: DeclineCategory
  readonly retry: RetryAdvice
  readonly recommendedAction: RecommendedAction
  /** Of when it may be tried again. */
  readonly sources: readonly Source[]
}

type Base = Pick<CodeKnowledge, 'nature' | 'retry' | 'recommendedAction' | 'sources'>

/**
 * The network's response code says more than the name that it goes by, so it wins where it stands for that very
 * name; a gateway that says another name knows better than the response code. Advice of the network beats both,
 * but never turns fraud or a called-off payment into something to try again. `card`: a few response codes mean something
 * else on its network; Visa's meaning stands where it is not known.
 */
export function classifyDecline(decline: Decline, card: RefusedCard | null = null): Classification {
  const iso = isoOf(decline)
  const advice = decline.adviceCode === null ? null : findAdviceCode(decline.adviceCode)
  const named: Base = iso ?? knowledgeOf(decline.code)
  const base =
    iso !== null && card !== null ? (findNetworkMeaning(iso.isoCode, card) ?? named) : named
  const isClosed = base.nature === 'fraud' || base.nature === 'stop'
  const nature = isClosed ? base.nature : (advice?.nature ?? base.nature)
  const isAdvised =
    advice !== null && advice.retry !== null && !isClosed && !isBareDelay(advice, base)
  const told = isAdvised ? advice : base
  return {
    nature,
    category: CATEGORY_OF[nature],
    retry: told.retry ?? base.retry,
    sources: told.sources,
    recommendedAction: nature === base.nature ? base.recommendedAction : actionOf(nature),
  }
}

/** What the response code tells; null where it does not stand for that very name. */
function isoOf({ code, isoCode }: Decline): IsoKnowledge | null {
  const iso = isoCode === null ? null : findIsoCode(isoCode)
  return iso?.code === code ? iso : null
}

/**
 * Whether the card lacked money for the whole of it. A part that its issuer would have paid (10, 002) is taken for that:
 * nothing is collected in parts.
 */
export function isShortOfMoney(decline: Decline): boolean {
  const { retry } = isoOf(decline) ?? knowledgeOf(decline.code)
  return retry.when === 'payday'
}

/** "Try later" (02) does not say when, and a shortage of money does: on the next payday. */
function isBareDelay(advice: AdviceKnowledge | null, { retry }: Base): boolean {
  return advice?.adviceCode === '02' && retry.when === 'payday'
}

/** Where the advice has changed what it is. */
function actionOf(nature: DeclineNature): RecommendedAction {
  if (nature === 'new_data' || nature === 'authenticate') return 'request_card_update'
  if (nature === 'soft') return 'retry_later'
  return nature === 'technical' || nature === 'reconcile' ? 'monitor' : 'manual_review'
}
