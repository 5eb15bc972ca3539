export type BraintreeToken = { readonly paymentMethodToken: string; readonly customerId: string }

/** Null for what has not the form. */
export function parseBraintreeToken(token: string): BraintreeToken | null {
  const match = /^([\w-]{1,36})\|([\w-]{1,36})$/.exec(token)
  const [, paymentMethodToken, customerId] = match ?? []
  if (paymentMethodToken === undefined || customerId === undefined) return null
  return { paymentMethodToken, customerId }
}
