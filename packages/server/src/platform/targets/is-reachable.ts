import { BlockList, isIP } from 'node:net'

/**
 * Ranges that belong to nobody outside, or to the host itself (RFC 6890 and its like), and those in whose addresses another
 * one is written: translated and tunnelled IPv4 (RFC 4291, 6052, 8215, 3056, 4380), behind which anything may stand.
 */
const PRIVATE_RANGES = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '224.0.0.0/4', '240.0.0.0/4',
  '::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16',
  '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8',
] as const // prettier-ignore

/** Whether this IP address is public, or a private one that the operator has allowed (`PRIVATE_TARGETS`). */
export function isReachable(address: string, privateTargets: readonly string[]): boolean {
  const plain = withoutMapping(address)
  return isWithin(toList(privateTargets), plain) || !isWithin(PRIVATE_LIST, plain)
}

/** `::ffff:10.0.0.1` is 10.0.0.1, however it is written. */
function withoutMapping(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (dotted !== undefined) return dotted
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [first >> 8, first & 255, second >> 8, second & 255].join('.')
}

function toList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

const PRIVATE_LIST = toList(PRIVATE_RANGES)

function isWithin(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
