import { type Answer, answerWith } from '../../http/answer.ts'
import { type ListedMovement, listMovements } from '../../statements/list-movements.ts'
import { findDispute } from '../../disputes/disputes-of-charge.ts'
import { takenBackAt } from '../../charges/charge.ts'
import { refuseAsStripe } from '../errors.ts'
import { textOf } from '../form.ts'
import { answerPage } from '../lists.ts'
import {
  balanceTransactionId,
  toBalanceTransaction,
  toStripePayout,
} from '../objects/balance-transaction.ts'
import { toReturnDispute, toStripeDispute } from '../objects/dispute.ts'
import { toStripeCharge } from '../objects/payment-intent.ts'
import { toStripeRefund } from '../objects/refund.ts'
import { showChargeAt } from '../show-charge.ts'
import { type StripeCall, scopeOf, wantsExpanded } from '../stripe-call.ts'

export function listBalanceTransactions(stripe: StripeCall): Answer {
  const { form } = stripe
  const isWanted = (field: string, value: string | null) => {
    const wanted = textOf(form, field)
    return wanted === null || wanted === value
  }
  const rows = movementsOf(stripe)
    .filter(({ payoutId }) => isWanted('payout', payoutId))
    .map((movement) => ({ ...toBalanceTransaction(movement), movement }))
    .filter(({ type, source }) => isWanted('type', type) && isWanted('source', source))
  const show = ({ movement }: (typeof rows)[number]) =>
    wantsExpanded(stripe, 'data.source')
      ? withSource(stripe, movement)
      : toBalanceTransaction(movement)
  return answerPage(rows, { form, url: '/v1/balance_transactions', show })
}

export function showBalanceTransaction(stripe: StripeCall, id: string): Answer {
  const found = movementsOf(stripe).find((movement) => balanceTransactionId(movement) === id)
  if (found === undefined) return refuseAsStripe('charge_not_found')
  return answerWith(
    wantsExpanded(stripe, 'source') ? withSource(stripe, found) : toBalanceTransaction(found),
  )
}

export function listPayouts(stripe: StripeCall): Answer {
  const rows = payoutsOf(stripe).map(toStripePayout)
  return answerPage(rows, { form: stripe.form, url: '/v1/payouts' })
}

export function showPayout(stripe: StripeCall, id: string): Answer {
  const found = payoutsOf(stripe).find(({ reference }) => reference === id)
  return found === undefined
    ? refuseAsStripe('charge_not_found', { message: `No such payout: '${id}'` })
    : answerWith(toStripePayout(found))
}

function payoutsOf(stripe: StripeCall): ListedMovement[] {
  return movementsOf(stripe).filter(({ kind }) => kind === 'payout')
}

/** Newest first. */
function movementsOf(stripe: StripeCall): ListedMovement[] {
  const { at } = stripe.call
  const all = { from: 0, until: at + 1, now: at, after: null, limit: Number.POSITIVE_INFINITY }
  return listMovements(stripe.context, scopeOf(stripe), all).movements.toReversed()
}

function withSource(stripe: StripeCall, movement: ListedMovement) {
  return { ...toBalanceTransaction(movement), source: sourceOf(stripe, movement) }
}

/** What a line comes from, whole; of an attempt's cost, nothing. */
function sourceOf(stripe: StripeCall, movement: ListedMovement): object | null {
  const { context, call } = stripe
  const { state } = context
  const { sourceId } = movement
  const charge = state.charges.get(movement.chargeId ?? '')
  switch (movement.kind) {
    case 'charge':
      return charge === undefined ? null : toStripeCharge(showChargeAt(context, charge, call))
    case 'refund': {
      const refund = state.refundIds.get(sourceId)
      return refund === undefined ? null : toStripeRefund(refund, call.at)
    }
    case 'dispute':
    case 'dispute_reversal': {
      const opened = findDispute(state, sourceId, call.at)
      return opened === null ? null : toStripeDispute(opened)
    }
    case 'adjustment': {
      const decline = charge === undefined ? null : takenBackAt(charge, call.at)
      if (charge === undefined || decline === null) return null
      return toReturnDispute(charge, { decline, at: movement.at })
    }
    case 'payout':
      return toStripePayout(movement)
    case 'fee':
      return null
  }
}
