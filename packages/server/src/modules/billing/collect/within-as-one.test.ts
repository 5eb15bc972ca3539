import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { lookUpAttempts, sendAttempts } from '../../payments/index.ts'
import { scopeOfShop } from '../notices/test-told-charges.ts'
import { contextOf } from '../scope.ts'
import { collect } from './collect.ts'

let shop: BillingShop
let context: CommandContext
before(async () => {
  shop = await startBillingShop()
  context = contextOf(shop.billing, await scopeOfShop(shop), shop.clock.now())
})
after(() => shop.close())

const callsOutside: Readonly<Record<string, () => Promise<unknown>>> = {
  collect: async () =>
    collect(shop.billing, await scopeOfShop(shop), [], { atOf: () => context.now }),
  sendAttempts: () => sendAttempts(shop.billing, context.accountId, [], () => undefined),
  lookUpAttempts: () => {
    const given = { accountId: context.accountId, at: context.now }
    return lookUpAttempts(shop.billing, given, [], () => undefined)
  },
  'finding a gateway': () => shop.gateways.find(context.accountId, null),
}

for (const [name, call] of Object.entries(callsOutside)) {
  test(`${name} within asOne is a fault, before anybody is called`, async () => {
    await assert.rejects(asOne(context, call), /nobody outside is called in the middle of asOne/)
    await assert.rejects(
      asOne(context, (one) => asOne(one, call)),
      /nobody outside is called/,
    )
    await call()
  })
}

test('what asOne started and did not wait for may call once its transaction has ended', async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { later } = await asOne(context, async () => ({
    later: ended.then(() => callsOutside['collect']?.()),
  }))
  end()
  await later
})
