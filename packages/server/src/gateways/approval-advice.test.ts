import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { toPaymentOutcome as ofAdyen } from './adyen/payment.ts'
import { toChargeOutcome as ofBraintree } from './braintree/transaction.ts'
import { toPaymentOutcome as ofCheckout } from './checkout/payment.ts'
import { outcomeOfCharge as ofSimulated } from './simulated/charge.ts'
import { toOutcome as ofStripe } from './stripe/payment-intent.ts'

/** An approved charge as each gateway shows it, with the advice of the card's network where it has a place for it. */
const APPROVED = {
  stripe: (advice: string | null) => {
    const outcome = { network_status: 'approved_by_network', network_advice_code: advice }
    return ofStripe({ id: 'pi_1', status: 'succeeded', latest_charge: { outcome } })
  },
  adyen: (advice: string | null) => {
    const additionalData = advice === null ? {} : { merchantAdviceCode: `${advice} : Told so` }
    return ofAdyen({ pspReference: 'P1', resultCode: 'Authorised', additionalData })
  },
  braintree: (advice: string | null) =>
    ofBraintree({ id: 'b1', status: 'submitted_for_settlement', merchant_advice_code: advice }),
  checkout: (advice: string | null) => {
    const processing = { partner_merchant_advice_code: advice }
    return ofCheckout({ id: 'pay_1', status: 'Captured', processing })
  },
  simulated: (advice: string | null) => {
    const told = advice === null ? {} : { advice_code: advice }
    return ofSimulated({ id: 'ch_1', status: 'succeeded', ...told })
  },
} as const

for (const [gateway, toldWith] of Object.entries(APPROVED)) {
  test(`${gateway}: an approval carries the network's advice, and nothing where there is none`, () => {
    const read = [toldWith('41'), toldWith(null), toldWith('00')].map((outcome) => [
      outcome.kind,
      'adviceCode' in outcome ? outcome.adviceCode : '-',
    ])
    deepEqual(read, [['succeeded', '41'], ['succeeded', '-'], ['succeeded', '-']]) // prettier-ignore
  })
}
