import type { CredentialCheck, VendorSettings } from '@perennial/core/payments'
import Stripe from 'stripe'
import { readText } from '../../platform/foreign/index.ts'
import type { StripeApi } from './stripe-client.ts'

/** Throws when the vendor does not answer. */
export async function checkCredentials(
  api: StripeApi,
  settings: VendorSettings,
): Promise<CredentialCheck> {
  const problem = problemOf(settings)
  if (problem !== null) return { kind: 'refused', message: problem }
  try {
    const account: unknown = await api.client.accounts.retrieveCurrent()
    const accountReference = readText(account, 'id')
    if (accountReference === null) throw new Error('the gateway answered nonsense')
    const merchantName =
      readText(account, 'settings', 'dashboard', 'display_name') ??
      readText(account, 'business_profile', 'name')
    return { kind: 'accepted', merchantName, accountReference }
  } catch (error) {
    const { StripeAuthenticationError, StripePermissionError } = Stripe.errors
    // A restricted key that may not look at the account is a key all the same, unless the account is not its own.
    const isForeign = settings.credentials['account_id'] !== undefined
    if (error instanceof StripePermissionError && !isForeign)
      return { kind: 'accepted', merchantName: null, accountReference: null }
    if (!(error instanceof StripeAuthenticationError || error instanceof StripePermissionError))
      throw error
    const secret = settings.credentials['secret_key'] ?? ''
    return { kind: 'refused', message: error.message.replaceAll(secret, '…') }
  }
}

/** What can be told without asking: a key of the other environment would move the wrong money, or none. */
function problemOf({ environment, credentials }: VendorSettings): string | null {
  const key = credentials['secret_key'] ?? ''
  const prefix = environment === 'live' ? 'live' : 'test'
  if (!new RegExp(`^(sk|rk)_${prefix}_`).test(key))
    return `a ${environment === 'live' ? 'live account' : 'sandbox'} needs a key that begins with sk_${prefix}_ or rk_${prefix}_.`
  const webhookSecret = credentials['webhook_secret']
  if (webhookSecret !== undefined && !webhookSecret.startsWith('whsec_'))
    return 'the webhook signing secret begins with whsec_.'
  return null
}
