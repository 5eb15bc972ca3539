import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { KeyRing } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import { mintApiKey } from './mint-api-key.ts'
import { insertApiKeys } from './queries.ts'
import { addRecoveryClient, type RecoveryCredentials } from './recovery-client.ts'

/** What a caller of the compatible faces needs; keys and secret are shown here once. */
export type FaceCredentials = {
  readonly recovery: RecoveryCredentials
  readonly revolv3Token: string
  readonly revcentApiKey: string
}

const BILLING_SCOPES = ['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*'] as const
/** That face also sets up what is sold and where it is charged. */
const SHOP_SCOPES = [
  ...BILLING_SCOPES,
  'products:*',
  'sales:*',
  'shipping:*',
  'discounts:*',
  'payment_methods:*',
  'refunds:*',
  'disputes:*',
  'recovery:*',
  'gateways:*',
  'routing:*',
] as const

/** Keys of a sandbox for the faces that speak other products' wire formats, kept as hashes among the account's API keys. */
export async function createFaceCredentials(
  tx: Tx,
  deps: { readonly ids: Ids; readonly keyRing: KeyRing },
  given: { readonly accountId: Uuid; readonly createdAt: Instant },
): Promise<FaceCredentials> {
  const mint = (name: string, scopes: readonly string[]) =>
    mintApiKey({
      id: deps.ids.next(),
      environment: 'sandbox',
      scopes,
      name,
      ...given,
    })
  const revolv3 = mint('Revolv3 API', BILLING_SCOPES)
  const revcent = mint('RevCent API', SHOP_SCOPES)
  await insertApiKeys(
    tx,
    [revolv3, revcent].map(({ row }) => row),
  )
  const recovery = await addRecoveryClient(tx, deps, { environment: 'sandbox', ...given })
  return { recovery, revolv3Token: revolv3.secret, revcentApiKey: revcent.secret }
}
