/** Where these tables come from, by the tags of spec/decline-codes.md 9. */
export const SOURCES = {
  ANT: 'https://docs.antom.com/ac/ams/mac',
  'BT-MAC': 'https://developer.paypal.com/braintree/docs/reference/general/merchant-responses/merchant-advice-codes',
  'BT-MC': 'https://developer.paypal.com/braintree/articles/risk-and-security/compliance/network-updates/2023/mastercard-f23',
  CIE: 'https://docs.cielo.com.br/ecommerce-cielo-en/changelog/new-retry-codes-for-visa-5c-e-9g',
  CKO: 'https://www.checkout.com/docs/developer-resources/codes/visa-response-codes',
  'CKO-R': 'https://support.checkout.com/hc/en-us/articles/25482040901394-When-can-I-retry-a-declined-transaction',
  DEV: 'https://dev.to/tomwangcn/card-decline-codes-visa-vs-mastercard-retry-rules-pe9',
  FOR: 'https://support.forte.net/support/solutions/articles/11000097635-visa-decline-response-code-rules-and-integrity-fees',
  PZ: 'https://docs.payzu.com.br/en/docs/cartao/retry-program',
  SOL: 'https://docs.solidgate.com/payments/payments-insights/merchant-advice-codes/',
  TAB: 'https://developers.tabapay.com/docs/excessive-retry-rules',
  'TAB-AO': 'https://developers.tabapay.com/docs/mastercard-authorization-optimizer-service',
  'TAB-V': 'https://developers.tabapay.com/docs/visa-response-code-updates',
  VSPEC: 'https://github.com/RajonRDX/VISA-ISO-8583-PARSER',
  WP: 'https://developer.worldpay.com/products/access/reference/response-codes/scheme-codes/',
  YUN: 'https://docs.y.uno/reference/payments/status-and-response-codes/merchant-advice-codes-mac',
} as const // prettier-ignore

export type SourceTag = keyof typeof SOURCES
