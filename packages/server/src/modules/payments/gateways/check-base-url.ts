import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Decision, accepted, refused } from '../../../platform/command/index.ts'
import { isReachable } from '../../../platform/targets/index.ts'

/**
 * Whether we may call this address in a gateway's place: http or https, and either public or one that the operator has
 * allowed (`PRIVATE_TARGETS`). Asked when it is saved, and again with every connection
 * (`gateways/http`); a sandbox is the only place that has such addresses.
 */
export async function checkBaseUrl(
  text: string,
  privateTargets: readonly string[],
): Promise<Decision<string, 'base_url_invalid'>> {
  const url = URL.canParse(text) ? new URL(text) : null
  const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:')
  if (!isHttp || url.username !== '' || url.search !== '' || url.hash !== '')
    return refused('base_url_invalid')
  const addresses = await addressesOf(url.hostname.replace(/^\[|\]$/g, ''))
  if (addresses.length === 0) {
    return refused('base_url_invalid', { message: `There is no host named ${url.hostname}.` })
  }
  if (!addresses.every((address) => isReachable(address, privateTargets))) {
    const message = `${url.hostname} is a private address. Its operator can allow it with PRIVATE_TARGETS.`
    return refused('base_url_invalid', { message })
  }
  return accepted(url.href.replace(/\/$/, ''))
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}
