import { decideRelease } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice, PaymentVoid } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  findAttempt,
  findLiveVoid,
  findPendingAttemptOf,
  findSaleOf,
  findVoid,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { lockHold } from '../holds/lock-hold.ts'
import { failVoid } from '../refunds/voids/fail-void.ts'
import { settleVoid } from '../refunds/voids/void-payment.ts'
import { CALLED_OFF, writeToldVoid } from '../refunds/voids/write-told-void.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { hearCharge } from './hear-charge.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'

type VoidNotice = Extract<GatewayNotice, { kind: 'void' }>

type Heard = { readonly gatewayId: Uuid; readonly notice: VoidNotice }

/** A gateway that decides later tells whether a payment was called off, or what was held was let go. */
export async function hearVoid(
  deps: BillingDeps,
  scope: BillingScope,
  heard: Heard,
  at: Instant,
): Promise<NoticeVerdict> {
  const { outcome, idempotencyKey } = heard.notice
  const paymentVoid = await findVoidOf(deps, scope, heard)
  if (paymentVoid !== null) {
    const { id } = paymentVoid
    if (outcome.kind === 'refused' && paymentVoid.status === 'succeeded')
      return failVoid(deps, scope, { id, failure: outcome }, at)
    if (await settleVoid(deps, scope, { id, outcome }, at)) return { kind: 'applied' }
    // The payment counts as received. That it was called off before that failed is old news.
    const isContradicted = outcome.kind === 'voided' && paymentVoid.status === 'failed'
    if (isContradicted && heard.notice.at >= paymentVoid.updatedAt)
      return { kind: 'parked', reason: `${CALLED_OFF}: the void is booked as failed` }
    return { kind: 'ignored', reason: `already ${paymentVoid.status}` }
  }
  const verdict = idempotencyKey === null ? UNMATCHED : await hearRelease(deps, scope, heard, at)
  if (verdict.kind === 'applied' || outcome.kind !== 'voided') return verdict
  const told = await hearToldVoid(deps, scope, heard, at)
  return told ?? (await hearCalledOff(deps, scope, heard, at)) ?? verdict
}

/** What became of a wish to let go of what an intent holds, or waits for. */
function hearRelease(
  deps: BillingDeps,
  scope: BillingScope,
  heard: Heard,
  at: Instant,
): Promise<NoticeVerdict> {
  const { outcome, idempotencyKey } = heard.notice
  return deps.database.tx(
    async (tx) => {
      if (idempotencyKey === null) return UNMATCHED
      const state = await lockHold(tx, scope.accountId, idempotencyKey)
      if (state === null || state.attempt.gatewayId !== heard.gatewayId) return UNMATCHED
      const changes = decideRelease(state, outcome, at)
      if (changes === null) return { kind: 'ignored', reason: `already ${state.intent.status}` }
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      return { kind: 'applied' }
    },
    { retry: true },
  )
}

/** Null unless it is about a payment that is booked as received. */
function hearToldVoid(
  deps: BillingDeps,
  scope: BillingScope,
  { gatewayId, notice }: Heard,
  at: Instant,
): Promise<NoticeVerdict | null> {
  const { accountId } = scope
  return deps.database.tx(
    async (tx) => {
      const sale = await findSaleOf(tx, { accountId, gatewayId, reference: notice.chargeReference })
      if (sale === null || sale.status !== 'succeeded') return null
      const written = await writeToldVoid(deps, { tx, scope }, { sale, reason: null, at })
      if (written === 'written') return { kind: 'applied' }
      if (written === 'known') return { kind: 'ignored', reason: 'it is being called off' }
      return { kind: 'unmatched', reason: `${CALLED_OFF}: ${written}`, isWorrying: true }
    },
    { retry: true },
  )
}

/** Somebody called a charge of a bill off at the gateway that is on its way by our books: it never comes. Null for any other. */
async function hearCalledOff(
  deps: BillingDeps,
  scope: BillingScope,
  { gatewayId, notice }: Heard,
  at: Instant,
): Promise<NoticeVerdict | null> {
  const { accountId } = scope
  const { id, at: toldAt, idempotencyKey: key, chargeReference: reference } = notice
  const attempt = await deps.database.tx(async (tx) => {
    const named = key === null ? null : await findAttempt(tx, accountId, key)
    return named ?? findPendingAttemptOf(tx, { accountId, gatewayId, reference })
  })
  if (attempt?.gatewayId !== gatewayId || attempt.paymentIntentId !== null) return null
  const decline = { code: 'canceled', isoCode: null, adviceCode: null, message: null }
  const outcome = { kind: 'declined', gatewayReference: reference, decline } as const
  const told = { kind: 'charge', id, at: toldAt, gatewayReference: reference, outcome } as const
  return hearCharge(deps, scope, { gatewayId, notice: { ...told, idempotencyKey: attempt.id } }, at)
}

const UNMATCHED: NoticeVerdict = {
  kind: 'unmatched',
  reason: 'nothing of ours was called off there',
  isWorrying: false,
}

/** By its own key, or as the one void of the payment. */
async function findVoidOf(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  { gatewayId, notice }: Heard,
): Promise<PaymentVoid | null> {
  return deps.database.tx(async (tx) => {
    const { idempotencyKey, chargeReference: reference } = notice
    const named = idempotencyKey === null ? null : await findVoid(tx, accountId, idempotencyKey)
    if (named !== null) return named.gatewayId === gatewayId ? named : null
    const sale = await findSaleOf(tx, { accountId, gatewayId, reference })
    return sale === null ? null : findLiveVoid(tx, accountId, sale.id)
  })
}
