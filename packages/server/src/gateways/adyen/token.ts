/** A stored card is charged under the merchant account and for the shopper that it was stored for. */
export type AdyenToken = {
  readonly merchantAccount: string
  readonly storedPaymentMethodId: string
  readonly shopperReference: string
}

const FORM = /^([\w-]{1,80})\|([A-Za-z0-9]{8,64})\|([^|]{3,256})$/

export function parseAdyenToken(token: string): AdyenToken | null {
  const [, merchantAccount, storedPaymentMethodId, shopperReference] = FORM.exec(token) ?? []
  if (merchantAccount === undefined || storedPaymentMethodId === undefined) return null
  if (shopperReference === undefined) return null
  return { merchantAccount, storedPaymentMethodId, shopperReference }
}

export function formatAdyenToken(token: AdyenToken): string {
  return `${token.merchantAccount}|${token.storedPaymentMethodId}|${token.shopperReference}`
}
