import { decodeId } from '@perennial/core/ids'

/** An account as the service names it to the world: `acct_…`, as its API tells the id, is the same account. */
export function toAccountName(given: string): string {
  const decoded = decodeId('account', given)
  return decoded.kind === 'ok' ? decoded.id : given
}
