import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { watchToken } from '../../http/watch-token.ts'
import { type BankDetails, mintBankToken, mintCardToken } from '../../vault/mint-token.ts'
import { resolveToken } from '../../vault/resolve-token.ts'
import type { MintedToken } from '../../vault/state.ts'
import { refuseAsStripe } from '../errors.ts'
import { type Form, formOf, textOf } from '../form.ts'
import { findKeyed, keepKeyed } from '../made-once.ts'
import { attachTo, holdingOf, keepHolding } from '../method-holder.ts'
import { toPaymentMethod } from '../objects/payment-method.ts'
import { type StripeCall, refuseParam } from '../stripe-call.ts'

/** From a card or an account; `card[token]` names a token that is there already. */
export function createPaymentMethod(stripe: StripeCall): Answer {
  const { context, form } = stripe
  const named = textOf(formOf(form, 'card'), 'token')
  if (named !== null) return showPaymentMethod(stripe, named)
  const known = findKeyed(stripe)
  if (known !== null) return showPaymentMethod(stripe, known)
  const bank = readBank(form)
  const minting = bank === null ? mintCard(stripe) : mintBankToken(placeOf(stripe), bank)
  if (minting.kind === 'invalid') return refuseParam(minting.param)
  if (minting.kind === 'refused') return refuseAsStripe(minting.code)
  record(context, { kind: 'token_minted', token: minting.token })
  keepKeyed(stripe, minting.token.token)
  return showPaymentMethod(stripe, minting.token.token)
}

type Minting =
  | { readonly kind: 'minted'; readonly token: MintedToken }
  | { readonly kind: 'refused'; readonly code: 'number_invalid' }
  | { readonly kind: 'invalid'; readonly param: string }

function mintCard(stripe: StripeCall): Minting {
  const card = formOf(stripe.form, 'card')
  const number = textOf(card, 'number')?.replaceAll(/[ -]/g, '') ?? ''
  const expMonth = Number(textOf(card, 'exp_month'))
  const expYear = Number(textOf(card, 'exp_year'))
  if (!Number.isInteger(expMonth) || expMonth < 1 || expMonth > 12) {
    return { kind: 'invalid', param: 'card[exp_month]' }
  }
  if (!Number.isInteger(expYear) || expYear < 2000) {
    return { kind: 'invalid', param: 'card[exp_year]' }
  }
  return mintCardToken(stripe.context.world, placeOf(stripe), { number, expMonth, expYear })
}

function readBank(form: Form): BankDetails | null {
  const of = (type: string, field: string) =>
    textOf(formOf(form, type), field)?.replaceAll(/[ -]/g, '').toUpperCase() ?? ''
  switch (textOf(form, 'type')) {
    case 'sepa_debit':
      return { scheme: 'sepa', accountNumber: of('sepa_debit', 'iban') }
    case 'bacs_debit': {
      const bankCode = of('bacs_debit', 'sort_code')
      return { scheme: 'bacs', bankCode, accountNumber: of('bacs_debit', 'account_number') }
    }
    case 'us_bank_account': {
      const bankCode = of('us_bank_account', 'routing_number')
      return { scheme: 'ach', bankCode, accountNumber: of('us_bank_account', 'account_number') }
    }
    default:
      return null
  }
}

function placeOf({ context, gatewayId }: StripeCall) {
  return { gatewayId, salt: context.state.salt }
}

export function showPaymentMethod(stripe: StripeCall, token: string): Answer {
  const { context, call, gatewayId } = stripe
  const { account, at, offsetMs } = call
  const { customer } = holdingOf(stripe, token)
  const use = { account, gatewayId, token, instrument: customer ?? '', at, offsetMs }
  const resolution = resolveToken(context.world, context.state, use)
  if (resolution.kind === 'refused') {
    const { message } = resolution
    return refuseAsStripe('token_not_found', { message, param: 'payment_method' })
  }
  watchToken(context, use, resolution.resolved)
  return answerWith(toPaymentMethod(token, resolution.resolved, { customer, at }))
}

export function attachPaymentMethod(stripe: StripeCall, token: string): Answer {
  const customer = textOf(stripe.form, 'customer')
  if (customer === null) return refuseParam('customer')
  return attachKnown(stripe, { token, customer }) ?? showPaymentMethod(stripe, token)
}

/** Null once the customer holds the method. */
export function attachKnown(
  stripe: StripeCall,
  holding: { readonly token: string; readonly customer: string },
): Answer | null {
  const known = showPaymentMethod(stripe, holding.token)
  if (known.kind !== 'json' || known.status !== 200) return known
  return attachTo(stripe, holding)
}

export function detachPaymentMethod(stripe: StripeCall, token: string): Answer {
  const known = showPaymentMethod(stripe, token)
  if (known.kind !== 'json' || known.status !== 200) return known
  keepHolding(stripe, token, { customer: null, isSpent: true })
  return showPaymentMethod(stripe, token)
}
