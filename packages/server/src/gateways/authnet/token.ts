export type AuthnetToken = {
  readonly customerProfileId: string
  readonly paymentProfileId: string
}

/** Null for what has not the form. */
export function parseAuthnetToken(token: string): AuthnetToken | null {
  const [, customerProfileId, paymentProfileId] = /^(\d{1,19}):(\d{1,19})$/.exec(token) ?? []
  if (customerProfileId === undefined || paymentProfileId === undefined) return null
  return { customerProfileId, paymentProfileId }
}
