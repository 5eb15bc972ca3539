import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { type Decision, accepted, refused } from '../../../platform/command/index.ts'

/** Ranges that belong to nobody outside, or to the host itself (RFC 6890 and its like). */
const PRIVATE_RANGES = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4',
  '::/128', '::1/128', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8',
] as const // prettier-ignore

/**
 * Whether we may call this address in a gateway's place: http or https, and either public or one that the operator has
 * allowed (`PRIVATE_TARGETS`). Asked when it is saved; a sandbox is the only place that has such addresses.
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

/** Whether this IP address is public, or a private one that the operator has allowed. */
export function isReachable(address: string, privateTargets: readonly string[]): boolean {
  return isWithin(toList(privateTargets), address) || !isWithin(toList(PRIVATE_RANGES), address)
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

function toList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

function isWithin(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
