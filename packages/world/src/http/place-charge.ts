import { decideRefund } from '../charges/change-charge.ts'
import { type Charge, type Refund, chargeAt } from '../charges/charge.ts'
import { type ChargeRequest, decideCharge } from '../charges/decide-charge.ts'
import { type Resolution, type ResolvedToken, resolveToken } from '../vault/resolve-token.ts'
import { isMoneyDisputed } from '../disputes/disputes-of-charge.ts'
import { findChargeByKey, operationKey } from '../vault/state.ts'
import { type Context, record } from './context.ts'
import type { ErrorCode } from './errors.ts'
import { watchToken } from './watch-token.ts'

type Refused = { readonly kind: 'refused'; readonly code: ErrorCode; readonly message?: string }

export type Placing =
  | { readonly kind: 'charge'; readonly charge: Charge; readonly token: ResolvedToken }
  | { readonly kind: 'hang_up' }
  | { readonly kind: 'nonsense' }
  | Refused

/** A repeated key gets the charge it made, unless the request differs. */
export function placeCharge(context: Context, request: ChargeRequest): Placing {
  const { world, state } = context
  const earlier = findChargeByKey(state, request)
  if (earlier !== null && !isRepeat(earlier, request)) {
    return { kind: 'refused', code: 'idempotency_conflict' }
  }
  const resolution = resolveToken(world, state, request)
  if (resolution.kind === 'refused') return resolution
  const token = resolution.resolved
  watchToken(context, request, token)
  if (earlier !== null) return { kind: 'charge', charge: chargeAt(earlier, request.at), token }
  const entry = decideCharge(world, request, {
    token,
    history: state.histories.get(token.historyKey),
    sequence: state.sequence + 1,
    chargeId: context.makeId('ch'),
  })
  record(context, entry)
  const { attempt, charge } = entry
  if (attempt.outcome === 'gateway_error') return { kind: 'refused', code: 'gateway_error' }
  const isLost = attempt.outcome.startsWith('timeout') || charge === null
  if (isLost) return { kind: token.behaviour.kind === 'nonsense' ? 'nonsense' : 'hang_up' }
  return { kind: 'charge', charge: { ...charge, attempt }, token }
}

export type RefundPlacing =
  | { readonly kind: 'refund'; readonly refund: Refund }
  | { readonly kind: 'hang_up' }
  | Refused

/** A refund's key is its own: repeating it gets the same refund. */
export function placeRefund(
  context: Context,
  charge: Charge,
  wish: {
    readonly amountMinor: number | null
    readonly idempotencyKey: string
    readonly at: number
    readonly metadata?: Readonly<Record<string, unknown>> | null
  },
): RefundPlacing {
  const { amountMinor, idempotencyKey } = wish
  const earlier = context.state.refunds.get(operationKey({ ...charge.attempt, idempotencyKey }))
  if (earlier !== undefined) {
    const isSame =
      earlier.chargeId === charge.id &&
      (amountMinor === null || earlier.amountMinor === amountMinor)
    if (isSame) return { kind: 'refund', refund: earlier }
    return { kind: 'refused', code: 'idempotency_conflict' }
  }
  const resolution = resolveChargeToken(context, charge, wish.at)
  const token = resolution.kind === 'resolved' ? resolution.resolved : null
  const isDisputed = isMoneyDisputed(context.state, charge, wish.at)
  const id = context.makeId('re')
  const decision = decideRefund(charge, {
    ...wish,
    id,
    token,
    isDisputed,
    metadata: wish.metadata ?? null,
  })
  if (decision.kind === 'refused') return decision
  record(context, { kind: 'refunded', refund: decision.refund })
  const isLost = token?.behaviour.kind === 'refund' && token.behaviour.ending === 'timeout'
  return isLost ? { kind: 'hang_up' } : { kind: 'refund', refund: decision.refund }
}

export function resolveChargeToken(
  { world, state }: Context,
  { attempt }: Charge,
  at: number,
): Resolution {
  const { account, gatewayId, token, instrument } = attempt
  return resolveToken(world, state, { account, gatewayId, token, instrument, at })
}

function isRepeat({ attempt }: Charge, request: ChargeRequest): boolean {
  return (
    attempt.token === request.token &&
    attempt.instrument === request.instrument &&
    attempt.amountMinor === request.amountMinor &&
    attempt.currency.toLowerCase() === request.currency.toLowerCase() &&
    attempt.capture === request.capture
  )
}
