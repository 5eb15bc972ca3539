import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReachable } from './index.ts'

const PUBLIC = ['93.184.216.34', '8.8.8.8', '2606:2800:220:1::1', '::ffff:8.8.8.8']
const HIDDEN = [
  '127.0.0.1', '10.1.2.3', '169.254.169.254', '192.168.0.1', '100.64.0.1', '0.0.0.0',
  '::1', '::', 'fc00::1', 'fe80::1', 'ff02::1',
  '::ffff:127.0.0.1', '::ffff:7f00:1', '::7f00:1', '::ffff:0:7f00:1',
  '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', 'fec0::1',
] // prettier-ignore

for (const address of PUBLIC) {
  test(`${address} is public`, () => assert.equal(isReachable(address, []), true))
}

for (const address of HIDDEN) {
  test(`${address} is not reached, unless its operator allows it`, () => {
    assert.equal(isReachable(address, []), false)
    const everything = ['0.0.0.0/0', '::/0']
    assert.equal(isReachable(address, everything), true)
  })
}
