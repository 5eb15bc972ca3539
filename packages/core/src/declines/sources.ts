/**
 * Pages that the rows of these tables come from. The first ones go by the tags of spec/decline-codes.md 9; the others are the
 * gateways' own lists.
 */
export const SOURCES = {
  ANT: 'https://docs.antom.com/ac/ams/mac',
  'BT-A': 'https://developer.paypal.com/braintree/docs/reference/general/processor-responses/authorization-responses',
  'BT-MAC': 'https://developer.paypal.com/braintree/docs/reference/general/merchant-responses/merchant-advice-codes',
  'BT-MC': 'https://developer.paypal.com/braintree/articles/risk-and-security/compliance/network-updates/2023/mastercard-f23',
  'BT-Y': 'https://raw.githubusercontent.com/api-evangelist/braintree/refs/heads/main/errors/braintree-decline-codes.yml',
  CIE: 'https://docs.cielo.com.br/ecommerce-cielo-en/changelog/new-retry-codes-for-visa-5c-e-9g',
  CKO: 'https://www.checkout.com/docs/developer-resources/codes/visa-response-codes',
  'CKO-R': 'https://support.checkout.com/hc/en-us/articles/25482040901394-When-can-I-retry-a-declined-transaction',
  DEV: 'https://dev.to/tomwangcn/card-decline-codes-visa-vs-mastercard-retry-rules-pe9',
  FIS: 'https://app.theneo.io/dejavoo/error-codes-and-messages/processor-response-codes-and-messages/fiserv-omaha-and-north',
  FOR: 'https://support.forte.net/support/solutions/articles/11000097635-visa-decline-response-code-rules-and-integrity-fees',
  NEX: 'https://developer.nexigroup.com/softposmobilepos/en-EU/docs/action-code',
  PRI: 'https://www.primer.io/docs/concepts/decline-codes/mapping-standard',
  PZ: 'https://docs.payzu.com.br/en/docs/cartao/retry-program',
  SOL: 'https://docs.solidgate.com/payments/payments-insights/merchant-advice-codes/',
  STR: 'https://docs.stripe.com/declines/codes',
  /** The list of all card codes there, as of 10 September 2026. */
  'STR-L': 'https://docs.stripe.com/declines/codes',
  'STR-SR': 'https://docs.stripe.com/billing/revenue-recovery/smart-retries',
  TAB: 'https://developers.tabapay.com/docs/excessive-retry-rules',
  'TAB-AO': 'https://developers.tabapay.com/docs/mastercard-authorization-optimizer-service',
  'TAB-V': 'https://developers.tabapay.com/docs/visa-response-code-updates',
  VSPEC: 'https://github.com/RajonRDX/VISA-ISO-8583-PARSER',
  WP: 'https://developer.worldpay.com/products/access/reference/response-codes/scheme-codes/',
  YUN: 'https://docs.y.uno/reference/payments/status-and-response-codes/merchant-advice-codes-mac',

  ADYEN: 'https://docs.adyen.com/development-resources/refusal-reasons',
  AUTHNET: 'https://developer.authorize.net/api/reference/responseCodes.html',
  'BT-G': 'https://developer.paypal.com/braintree/articles/control-panel/transactions/gateway-rejections',
  'CKO-A': 'https://www.checkout.com/docs/developer-resources/codes/api-response-codes',
  DLOCAL: 'https://docs.dlocal.com/reference/payment-status-codes',
  EPC: 'https://www.europeanpaymentscouncil.eu/document-library/guidance-documents/guidance-reason-codes-sepa-direct-debit-r-transactions',
  GOCARDLESS: 'https://developer.gocardless.com/api-reference',
  NMI: 'https://secure.networkmerchants.com/gw/merchants/resources/integration/integration_portal.php',
  PAYSTACK: 'https://support.paystack.com/en/articles/2123650',
  'PAYSTACK-C': 'https://support.paystack.com/hc/en-us/articles/360013597919-Why-am-I-getting-an-insufficient-funds-error-',
  RAZORPAY: 'https://razorpay.com/docs/errors',
  'STR-C': 'https://docs.stripe.com/declines/network-codes',
  'STR-E': 'https://docs.stripe.com/error-codes',
  'STR-628': 'https://github.com/stripe/stripe-node/issues/628',
  WP2: 'https://developer.worldpay.com/products/reference/refusal-response/scheme-codes.md',
} as const // prettier-ignore

/** What no page tells. */
export const UNPUBLISHED = {
  OWN: 'a choice of this product',
  RK: 'RevKeen, which publishes of these codes whether they are hard or soft and no more',
  TRADE: 'known in the trade; no page was read for it',
} as const

export type SourceTag = keyof typeof SOURCES
/** Of one row: where to read it up, or why there is nowhere to. */
export type Source = SourceTag | keyof typeof UNPUBLISHED

const NAMES: Readonly<Record<Source, string>> = { ...SOURCES, ...UNPUBLISHED }

/** For people: addresses, and of what has none why. */
export function listAddresses(sources: readonly Source[]): readonly string[] {
  return [...new Set(sources.map((source) => NAMES[source]))]
}

/** The same in one line. */
export function nameSources(sources: readonly Source[]): string {
  return listAddresses(sources).join(', ')
}
