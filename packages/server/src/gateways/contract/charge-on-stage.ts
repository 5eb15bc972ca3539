import assert from 'node:assert/strict'
import type { Uuid } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import type { ChargeRequest, FollowUp, GatewayOutcome } from '@perennial/core/payments'
import type { Stage } from './contract-gateway.ts'

export function currency(code: string): Currency {
  const parsed = parseCurrency(code)
  assert(parsed !== null, `${code} is a currency`)
  return parsed
}

export const AMOUNT_MINOR = 1_999n

/** A charge of an approved card, the customer present, captured at once, unless the case wishes otherwise. */
export function chargeRequest(stage: Stage, wish: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    accountId: stage.accountId,
    idempotencyKey: stage.newKey(),
    token: stage.cards.approved,
    paymentMethodId: stage.newKey(),
    networkTransactionId: null,
    initiation: 'present',
    amountMinor: AMOUNT_MINOR,
    currency: currency('USD'),
    capture: true,
    at: stage.now(),
    ...wish,
  }
}

export type PaidCharge = FollowUp & {
  readonly idempotencyKey: Uuid
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly networkTransactionId: string | null
}

/** A charge whose money is there. Where charges begin pending, what they wait for happens. */
export async function pay(stage: Stage, wish: Partial<ChargeRequest> = {}): Promise<PaidCharge> {
  const request = chargeRequest(stage, wish)
  const { accountId, idempotencyKey, amountMinor, currency, at } = request
  const sent = await stage.port.charge(request)
  const key = { accountId, idempotencyKey, at }
  const outcome = sent.kind === 'pending' ? await confirmed(stage, key, sent) : sent
  assert(outcome.kind === 'succeeded', `the charge is paid: ${describe(outcome)}`)
  const { gatewayReference, networkTransactionId } = outcome
  return { ...key, gatewayReference, networkTransactionId, amountMinor, currency }
}

async function confirmed(
  stage: Stage,
  key: Pick<ChargeRequest, 'accountId' | 'idempotencyKey' | 'at'>,
  pending: Extract<GatewayOutcome, { kind: 'pending' }>,
): Promise<GatewayOutcome> {
  assert(stage.gateway.confirm !== undefined, 'a pending charge can be confirmed')
  await stage.gateway.confirm(pending.gatewayReference)
  const found = await stage.port.lookUp(key)
  assert(found.kind === 'found', 'the gateway knows the charge that it named')
  return found.outcome
}

export function describe(outcome: { readonly kind: string }): string {
  return JSON.stringify(outcome, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  )
}

/** One that is held and not taken. */
export async function authorize(stage: Stage): Promise<PaidCharge> {
  return pay(stage, { capture: false })
}
