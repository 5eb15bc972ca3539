import assert from 'node:assert/strict'
import { encodeId } from '@perennial/core/ids'
import { describeStatus, toStatusJson } from '../../packages/cli/src/status/show-status.ts'
import { readStatus } from '../../packages/server/src/status/index.ts'
import { freshToken, story } from './biller.ts'

story('the status tells what was handed over, and what came of it', async (world, biller) => {
  const { database, clock } = world.house
  const standing = async () => {
    const all = await readStatus(database, clock)
    const account = all.find(({ accountId }) => accountId === encodeId('account', world.accountId))
    assert.ok(account !== undefined)
    return account
  }
  assert.doesNotMatch(describeStatus(await standing()), /Handed over/)

  const waiting = { amount: 5000, originalDeclineCode: 'insufficient_funds' }
  await biller.execute({ paymentMethodToken: freshToken(), ...waiting })
  await biller.execute({ paymentMethodToken: freshToken(), amount: 3000 })
  await biller.execute({ paymentMethodToken: freshToken(), amount: 700, currency: 'EUR' })
  await biller.execute({ paymentMethodToken: freshToken(), amount: 800, simulateOutcome: 'success' })
  await biller.execute({ paymentMethodToken: freshToken(), amount: 900, originalDeclineCode: 'fraudulent' })
  const now = await standing()
  assert.deepEqual([now.handedOver, now.failing, now.recovered], [{ failing: 1, recovered: 2 }, 0, 0])
  const text = describeStatus(now)
  assert.match(text, /Handed over +1 open, 2 recovered so far/)
  assert.match(text, /Handed over, open +0\.00 +50\.00/)
  assert.match(text, /won in all +7\.00 +30\.00/)

  await world.goTo('2027-02-01')
  const [, dollars] = toStatusJson([await standing()], clock.now()).accounts[0]?.money ?? []
  assert.partialDeepStrictEqual(dollars, {
    currency: 'USD',
    handed_over_failing_minor: 0,
    handed_over_recovered_month_minor: 0,
    handed_over_recovered_minor: 8000,
    recovered_minor: 0,
    collected_minor: 0,
  })
}) // prettier-ignore
