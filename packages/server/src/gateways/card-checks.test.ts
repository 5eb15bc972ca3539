import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { checksOf as ofAdyen } from './adyen/card-checks.ts'
import { checksOf as ofAuthnet } from './authnet/transaction.ts'
import { checksOf as ofBraintree } from './braintree/card-checks.ts'
import { toPaymentOutcome } from './checkout/payment.ts'
import { outcomeOfCharge } from './simulated/charge.ts'
import { checksOf as ofStripe } from './stripe/card-checks.ts'

const stripe = (line1: string | null, postal: string | null, cvc: string | null) => {
  const checks = { address_line1_check: line1, address_postal_code_check: postal, cvc_check: cvc }
  return ofStripe({ payment_method_details: { card: { checks } } })
}
const adyen = (additionalData: Readonly<Record<string, string>>) => ofAdyen({ additionalData })
const braintree = (street: string, postal: string, cvv: string, problem: string | null = null) =>
  ofBraintree({
    avs_street_address_response_code: street,
    avs_postal_code_response_code: postal,
    avs_error_response_code: problem,
    cvv_response_code: cvv,
  })
const authnet = (avsResultCode: string, cvvResultCode: string) =>
  ofAuthnet({ avsResultCode, cvvResultCode }, { avs: 'avsResultCode', cvv: 'cvvResultCode' })
const checkout = (avs_check: string, cvv_check: string) => {
  const source = { avs_check, cvv_check }
  return toPaymentOutcome({ id: 'pay_1', status: 'Authorized', source })
}
const simulated = (avs: string, cvv: string) =>
  outcomeOfCharge({ id: 'ch_1', status: 'declined', checks: { avs, cvv } })

/** What the gateway says, and the letters that are kept: address, then security code; "-" is nothing. */
const TOLD: readonly (readonly [gateway: string, told: object, kept: string])[] = [
  ['stripe', stripe('pass', 'pass', 'pass'), 'YM'],
  ['stripe', stripe('fail', 'pass', 'fail'), 'ZN'],
  ['stripe', stripe('pass', 'unchecked', 'unavailable'), 'BU'],
  ['stripe', stripe(null, 'unavailable', 'unchecked'), 'UP'],
  ['stripe', stripe(null, null, null), '--'],
  ['adyen', adyen({ avsResult: '7 Both postal code and address match', cvcResult: '1 Matches' }), 'YM'], // prettier-ignore
  ['adyen', adyen({ avsResult: '14 Postal code matches, address unknown', cvcResult: '4 No CVC/CVV provided, but was required' }), 'PS'], // prettier-ignore
  ['adyen', adyen({ avsResult: '0 Unknown', avsResultRaw: 'G', cvcResult: '0 Unknown' }), 'G-'],
  ['adyen', adyen({ avsResult: '5 No AVS data provided', cvcResult: '6 No CVC/CVV provided' }), '--'], // prettier-ignore
  ['braintree', braintree('M', 'M', 'M'), 'YM'],
  ['braintree', braintree('N', 'U', 'N'), 'NN'],
  ['braintree', braintree('U', 'M', 'U'), 'PP'],
  ['braintree', braintree('I', 'I', 'I'), '--'],
  ['braintree', braintree('A', 'A', 'A', 'S'), 'S-'],
  ['braintree', braintree('A', 'A', 'S', 'E'), 'RU'],
  ['authnet', authnet('Y', 'P'), 'YP'],
  ['authnet', authnet('P', ''), '--'],
  ['checkout', checkout('D', 'M'), 'DM'],
  ['simulated', simulated('N', 'N'), 'NN'],
]

for (const [gateway, told, kept] of TOLD) {
  test(`${gateway}: the letters ${kept} of the networks are kept`, () => {
    const [avs, cvv] = kept.split('').map((letter) => (letter === '-' ? null : letter))
    const checks = 'cardChecks' in told ? told.cardChecks : { avs: null, cvv: null }
    deepEqual(checks, { avs, cvv })
  })
}
