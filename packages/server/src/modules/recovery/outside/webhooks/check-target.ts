import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isReachable } from '../../../../platform/targets/index.ts'

/** Why a webhook may not be sent to this address, in a sentence; null when it may. */
export async function checkTarget(
  text: string,
  given: { readonly isLive: boolean; readonly privateTargets: readonly string[] },
): Promise<string | null> {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'This is no http or https address.'
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return 'Leave user, password and fragment out of the address.'
  if (given.isLive && url.protocol !== 'https:') return 'Live webhooks go to https addresses alone.'
  const addresses = await addressesOf(url.hostname.replace(/^\[|\]$/g, ''))
  // A name that nobody knows yet may be known when there is something to tell.
  const isOpen = addresses.every((address) => isReachable(address, given.privateTargets))
  return isOpen
    ? null
    : `${url.hostname} is a private address. Its operator can allow it with PRIVATE_TARGETS.`
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}
