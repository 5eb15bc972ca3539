import type { TokenizeRequest, Tokenization } from '@perennial/core/payments'
import type Stripe from 'stripe'
import { toFailure } from './failure.ts'
import { keepFor, type KeepTools } from './keep-method.ts'
import { toDetails, toKnownMethod } from './payment-method.ts'

/**
 * Makes a payment method and has a customer of the vendor's hold it, for one that nobody holds pays once only. Throws when
 * the vendor does not answer. The number goes from memory to the vendor and nowhere else.
 */
export async function tokenizeInstrument(
  tools: KeepTools,
  { instrument, idempotencyKey, holderToken }: TokenizeRequest,
): Promise<Tokenization> {
  const wish =
    instrument.kind === 'card' ? cardParams(instrument.card) : bankParams(instrument.bank)
  try {
    const options = idempotencyKey === undefined ? {} : { idempotencyKey }
    const made = await tools.api.client.paymentMethods.create(wish, options)
    const details = toDetails(made)
    const method = toKnownMethod(made, made.id)
    await keepFor(tools, { method, key: idempotencyKey ?? made.id, holderToken })
    return { kind: 'tokenized', token: made.id, details }
  } catch (error) {
    const failure = toFailure(error)
    if (failure.kind === 'silent') throw error
    const { code = 'card_refused', message } = failure.error
    return { kind: 'refused', code, message }
  }
}

type Instrument<Kind extends string> = Extract<
  TokenizeRequest['instrument'],
  { readonly kind: Kind }
>

function cardParams(card: Instrument<'card'>['card']): Stripe.PaymentMethodCreateParams {
  const { number, expMonth, expYear, securityCode, holderName } = card
  return {
    type: 'card',
    card: {
      number,
      exp_month: expMonth,
      exp_year: expYear,
      ...(securityCode === null ? {} : { cvc: securityCode }),
    },
    ...(holderName === null ? {} : { billing_details: { name: holderName } }),
  }
}

function bankParams(bank: Instrument<'bank'>['bank']): Stripe.PaymentMethodCreateParams {
  const { scheme, accountNumber, accountType, holderName } = bank
  const bankCode = bank.bankCode ?? ''
  const billing_details = { name: holderName }
  switch (scheme) {
    case 'ach': {
      const account = { routing_number: bankCode, account_number: accountNumber }
      const holder = {
        account_holder_type: 'individual',
        account_type: accountType ?? 'checking',
      } as const
      return {
        type: 'us_bank_account',
        us_bank_account: { ...account, ...holder },
        billing_details,
      }
    }
    case 'sepa':
      return { type: 'sepa_debit', sepa_debit: { iban: accountNumber }, billing_details }
    case 'bacs': {
      const bacs_debit = { sort_code: bankCode, account_number: accountNumber }
      return { type: 'bacs_debit', bacs_debit, billing_details }
    }
  }
}
