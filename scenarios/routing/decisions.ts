import assert from 'node:assert/strict'
import { memberOf, type ScenarioWorld, type Subscriber } from '@perennial/testkit/scenario'

/** What was decided for the newest invoice of a subscriber, in order. */
export async function decisionsOf(
  world: ScenarioWorld,
  who: Subscriber,
): Promise<readonly unknown[]> {
  const invoice = (await who.invoices()).at(-1)
  assert.ok(invoice !== undefined)
  const decisions = (await world.api.get(`/invoices/${invoice.id}/routing`)).at('data')
  assert.ok(Array.isArray(decisions))
  return decisions
}

/** The same in short: the gateway of each charge, and why it stopped. */
export async function wayOf(world: ScenarioWorld, who: Subscriber): Promise<readonly unknown[]> {
  const decisions = await decisionsOf(world, who)
  return decisions.map((one) => memberOf(one, 'gateway_id') ?? memberOf(one, 'stop_code'))
}
