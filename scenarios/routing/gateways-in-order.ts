import assert from 'node:assert/strict'
import { memberOf, type ScenarioWorld } from '@perennial/testkit/scenario'

type Named = { readonly id: string; readonly code: string }

/** The account's first three gateways, in its order. */
export async function gatewaysInOrder(
  world: ScenarioWorld,
): Promise<readonly [Named, Named, Named]> {
  const listed = (await world.api.get('/gateways')).at('data')
  assert.ok(Array.isArray(listed))
  const [first, second, third] = listed
    .toSorted((a, b) => Number(memberOf(a, 'position')) - Number(memberOf(b, 'position')))
    .map((one) => ({ id: String(memberOf(one, 'id')), code: String(memberOf(one, 'code')) }))
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  return [first, second, third]
}

/** The ids of the first two. */
export async function twoGateways(world: ScenarioWorld): Promise<readonly [string, string]> {
  const [first, second] = await gatewaysInOrder(world)
  return [first.id, second.id]
}
