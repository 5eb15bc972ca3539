import type { RecoveryClient } from '../clients/client.ts'

/** Where a payer replaces a card: at the client's own host name where it has set one. */
export function clientCardUrl(
  client: Pick<RecoveryClient, 'cardUpdateDomain'>,
  of: { readonly publicUrl: string; readonly token: string },
): string {
  const { cardUpdateDomain: domain } = client
  const host = domain === null ? of.publicUrl : `https://${domain}`
  return `${host}/api/recovery/update-card/${of.token}`
}
