import type { Decline } from '@perennial/core/declines'
import {
  askGuard,
  askRetryRule,
  type AttemptEvidence,
  type CardNetwork,
  type CardTraits,
  failureReasonOf,
  type GuardAnswer,
  learnWatchfully,
  networkOf,
  strictest,
  type TryFees,
  traitsOfCard,
} from '@perennial/core/recovery'
import { instantFromMs } from '@perennial/core/time'
import type { Outcome } from '../judging/attempt.ts'
import { cardFaceAt, lifeIndexAt } from '../judging/card.ts'
import { judge } from '../judging/judge.ts'
import { versionAt } from '../judging/world.ts'
import { type Holder, type OpenCase, toInstant } from './open-case.ts'
import type { Simulation } from './simulation.ts'

/** How a charge ended. */
type Charged = {
  /** Null for an approval. */
  readonly decline: Decline | null
  /** Of the card networks, by the world's own referee; null where it broke none. */
  readonly brokenRule: string | null
}

/** Charges a card once. What did not reach the card's network is no part of its history. */
export function chargeCard(
  run: Simulation,
  holder: Holder,
  { gateway, at }: { readonly gateway: string; readonly at: number },
): Charged {
  const { world } = run.request
  const { card, amountMinor } = holder.subscriber
  const life = lifeIndexAt(card, at)
  if (life !== holder.life) {
    holder.life = life
    holder.history = []
  }
  const { currency } = world.file.customers
  const attempt = { card, memory: holder.memory, gatewayId: gateway, amountMinor, currency, at }
  const { outcome, memory } = judge(world, attempt)
  holder.memory = memory
  const { network, country, fingerprint } = cardFaceAt(world, card, at)
  const charge = { network, country, amountMinor, currency, at, outcome }
  const brokenRule = run.referee.watch({ merchant: '', card: fingerprint, ...charge })
  const decline = declineOf(outcome)
  if (outcome.kind !== 'gateway_error' && outcome.kind !== 'timed_out') {
    const asked = { amountMinor: BigInt(amountMinor), currency: run.currency }
    holder.history.push({ at: instantFromMs(at), ...asked, decline })
    if (holder.history.length > 60) holder.history.shift()
  }
  return { decline, brokenRule }
}

function declineOf(outcome: Outcome): Decline | null {
  switch (outcome.kind) {
    case 'approved':
      return null
    case 'declined':
    case 'needs_action':
      return outcome.decline
    case 'gateway_error':
      return GATEWAY_FAILED
    case 'timed_out':
      // A look-up has told.
      return outcome.charged ? null : GATEWAY_FAILED
  }
}

const GATEWAY_FAILED: Decline = {
  code: 'gateway_error',
  isoCode: null,
  adviceCode: null,
  message: null,
}

export function askGuardOf(run: Simulation, holder: Holder, at: number): GuardAnswer {
  return askGuard({
    ...guardedAt(run, holder, at),
    amountMinor: BigInt(holder.subscriber.amountMinor),
    currency: run.currency,
    at: instantFromMs(at),
  })
}

/** The same, and what the refusals of this bill leave of the card. */
export function mayTryAgain(
  run: Simulation,
  { holder, openedAt }: OpenCase,
  at: number,
): GuardAnswer {
  const card = guardedAt(run, holder, at)
  const answers = card.history.filter((past) => past.at >= openedAt)
  return strictest(askGuardOf(run, holder, at), askRetryRule(answers, card), instantFromMs(at))
}

/** The card as networks see it then; a new one has no past. */
function guardedAt(run: Simulation, { subscriber, life, history }: Holder, at: number) {
  const { card } = subscriber
  const { network, country } = cardFaceAt(run.request.world, card, at)
  const isNew = lifeIndexAt(card, at) !== life
  return { network: networkOf(network), country, history: isNew ? [] : history }
}

function networkAt(run: Simulation, { subscriber }: Holder, at: number): CardNetwork {
  return networkOf(cardFaceAt(run.request.world, subscriber.card, at).network)
}

/** The planner learns of a charge, and whoever asked to be told is told. `before`: the case as it was; null = a first charge. */
export function tellOf(
  run: Simulation,
  holder: Holder,
  seen: {
    readonly gateway: string
    readonly at: number
    readonly month: number
    readonly decline: Decline | null
    readonly before: OpenCase | null
  },
): void {
  const { policy, onCharge } = run.request
  if (policy.kind !== 'planner' && onCharge === undefined) return
  const { gateway, at, month, decline, before } = seen
  const evidence: AttemptEvidence = {
    traits: traitsOf(run, holder, at),
    gateway,
    at: instantFromMs(at),
    failed: decline === null ? null : failureReasonOf(decline),
    isFirst: before === null,
    shortAt: toInstant(before?.shortAt ?? null),
    refusedAt: toInstant(before?.refusedAt ?? null),
    failedBefore: before?.attempts ?? 0,
  }
  const { card, amountMinor, homeGateway, gateways } = holder.subscriber
  onCharge?.({
    ...evidence,
    billId: `${card.number} ${before?.openedAt ?? at}`,
    network: networkAt(run, holder, at),
    decline,
    amountMinor,
    gateways: [homeGateway, ...gateways.filter((one) => one !== homeGateway)],
  })
  if (policy.kind !== 'planner') return
  const watched = { ...evidence, currency: run.currency, card: String(card.number) }
  learnWatchfully(run.evidence, run.watches, watched)
  run.seenByMonth.set(month, (run.seenByMonth.get(month) ?? 0) + 1)
}

export function traitsOf(run: Simulation, { subscriber }: Holder, at: number): CardTraits {
  const face = cardFaceAt(run.request.world, subscriber.card, at)
  const { bin } = face
  const known = run.traits.get(bin)
  if (known !== undefined) return known
  const traits = traitsOfCard({ ...face, brand: face.network })
  run.traits.set(bin, traits)
  return traits
}

export function feeOf(
  { request }: Simulation,
  { subscriber }: Holder,
  charge: { readonly gateway: string; readonly isApproved: boolean; readonly at: number },
): number {
  const fee = versionAt(request.world, charge.at).gateways.get(charge.gateway)?.file.fee
  if (fee === undefined) return 0
  const ofApproval = fee.fixed_minor + (subscriber.amountMinor * fee.bps) / 10_000
  return fee.per_attempt_minor + (charge.isApproved ? ofApproval : 0)
}

/** What a try costs at each gateway, as shares of the bill: a merchant knows what its gateways charge. */
export function feesOf(run: Simulation, holder: Holder, at: number): ReadonlyMap<string, TryFees> {
  const { amountMinor, gateways } = holder.subscriber
  const shareOf = (gateway: string, isApproved: boolean): number =>
    feeOf(run, holder, { gateway, isApproved, at }) / amountMinor
  return new Map(
    gateways.map((gateway) => [
      gateway,
      { approved: shareOf(gateway, true), declined: shareOf(gateway, false) },
    ]),
  )
}
