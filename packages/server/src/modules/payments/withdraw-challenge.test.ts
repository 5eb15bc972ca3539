import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { assert as believe } from '@perennial/core/fault'
import { isUuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import { startBillingShop } from '../../testing/test-card-world.ts'
import { withdrawChallenge } from './withdraw-challenge.ts'

test('a challenge counts as refused only once the gateway has taken it back', async () => {
  const shop = await startBillingShop()
  try {
    const { accountId } = shop.account.sandbox
    const found = await shop.billing.gateways.find(accountId, null)
    const currency = parseCurrency('USD')
    const [id, paymentMethodId] = [randomUUID(), randomUUID()]
    believe(found !== null && currency !== null, 'a sandbox has a gateway')
    believe(isUuid(id) && isUuid(paymentMethodId), 'ids are made at random')
    const { port, gateway } = found
    const key = { accountId, idempotencyKey: id, at: shop.clock.now() }
    const meet = (fault: string) =>
      fetch(`${shop.worldUrl}/gateways/${gateway.code}/fault`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account: accountId, fault }),
      })
    const challenged = await port.charge({
      ...key,
      token: 'tok_authenticate',
      paymentMethodId,
      networkTransactionId: null,
      initiation: 'recurring',
      amountMinor: 4_321n,
      currency,
      capture: true,
    })
    assert.equal(challenged.kind, 'needs_action')

    assert.equal((await meet('down')).status, 200)
    const unsure = await withdrawChallenge(shop.billing.log, { port, key }, challenged)
    assert.equal(unsure.kind, 'unknown')
    assert.equal((await meet('none')).status, 200)
    assert.equal((await port.lookUp(key)).kind, 'found')

    const refused = async () => ({ kind: 'refused', code: 'not_voidable', message: null }) as const
    const kept = { port: { ...port, void: refused }, key }
    const open = await withdrawChallenge(shop.billing.log, kept, challenged)
    assert.equal(open.kind, 'unknown', 'it can be met still')

    const sure = await withdrawChallenge(shop.billing.log, { port, key }, challenged)
    assert.equal(sure.kind, 'needs_action')
    const [charge] = (await shop.audit()).filter((each) => each.amount_minor === 4_321)
    assert.equal(charge?.status, 'canceled')
  } finally {
    await shop.close()
  }
})
