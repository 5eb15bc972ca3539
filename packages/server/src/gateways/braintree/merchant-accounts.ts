import type { CredentialCheck } from '@perennial/core/payments'
import { readBoolean, readRecord, readText } from '../../platform/foreign/index.ts'
import { readAll, type BraintreeApi, type BraintreeCredentials } from './braintree-api.ts'

type MerchantAccount = {
  readonly id: string
  readonly currency: string
  readonly isDefault: boolean
}

/** A charge has no currency of its own: it takes its merchant account's. */
export type MerchantAccounts = {
  /** Null when the merchant has no account in the currency. Throws when the gateway does not answer. */
  find(currency: string): Promise<string | null>
}

/** Asks the gateway once; a failed question is asked again by the next charge. */
export function createMerchantAccounts(
  api: BraintreeApi,
  { merchantAccounts }: BraintreeCredentials,
): MerchantAccounts {
  const held: { list: readonly MerchantAccount[] | null } = { list: null }
  return {
    find: async (currency) => {
      const wanted = merchantAccounts.get(currency)
      if (wanted !== undefined) return wanted
      held.list ??= await listAccounts(api)
      const own = held.list.filter((account) => account.currency === currency)
      return (own.find(({ isDefault }) => isDefault) ?? own[0])?.id ?? null
    },
  }
}

/** Merchants have a handful of accounts; this many pages is more than any has. */
const PAGES_MAX = 20

async function listAccounts(api: BraintreeApi): Promise<readonly MerchantAccount[]> {
  const accounts: MerchantAccount[] = []
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const { status, root } = await api.get(`/merchant_accounts?page=${page}`)
    const list = status === 200 ? readRecord(root, 'merchant_accounts') : null
    if (list === null) throw new Error(`the gateway answered ${status}`)
    const found = readAll(list, 'merchant_account')
    accounts.push(...found.flatMap(toAccount))
    const total = list['total_items']
    if (found.length === 0 || typeof total !== 'number' || accounts.length >= total) break
  }
  return accounts
}

function toAccount(account: unknown): MerchantAccount[] {
  const id = readText(account, 'id')
  const currency = readText(account, 'currency_iso_code')
  const isActive = (readText(account, 'status') ?? 'active') === 'active'
  if (id === null || currency === null || !isActive) return []
  return [{ id, currency, isDefault: readBoolean(account, 'default') === true }]
}

/** Whoever asks with keys of another merchant than the address names is refused. */
export async function checkCredentials(
  api: BraintreeApi,
  { merchantId }: BraintreeCredentials,
): Promise<CredentialCheck> {
  const { status, root } = await api.get('/merchant_accounts?page=1')
  if (status === 401 || status === 403 || status === 404) {
    const message = `The gateway refused the merchant ID or its keys (${status}).`
    return { kind: 'refused', message }
  }
  if (status !== 200 || readRecord(root, 'merchant_accounts') === null)
    throw new Error(`the gateway answered ${status}`)
  return { kind: 'accepted', merchantName: null, accountReference: merchantId }
}
