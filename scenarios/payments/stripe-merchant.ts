// What the stories at Stripe share: a sandbox's own account there, played by the card world.
import assert from 'node:assert/strict'
import type { ScenarioWorld } from '@perennial/testkit/scenario'

/** The world tells accounts apart by the end of the key. */
export function stripeKeyOf({ accountId }: ScenarioWorld): string {
  return `sk_test_cedar_${accountId}`
}

/** Returns the gateway's id. */
export async function connectStripe(
  world: ScenarioWorld,
  credentials: Readonly<Record<string, string>> = {},
): Promise<string> {
  const connected = await world.api.post('/gateways', {
    kind: 'stripe',
    name: 'Stripe',
    base_url: `${world.house.worldUrl}/stripe/cedar`,
    credentials: { secret_key: stripeKeyOf(world), ...credentials },
  })
  await world.expects(['gateway.created'])
  return connected.text('data.id')
}

/** Calls Stripe as the merchant's own software or dashboard does: a question, or with a form an order. */
export async function callStripe(
  world: ScenarioWorld,
  path: string,
  { form, key = stripeKeyOf(world) }: { form?: Record<string, string>; key?: string } = {},
): Promise<unknown> {
  const answer = await fetch(`${world.house.worldUrl}/stripe/cedar/v1/${path}`, {
    method: form === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}` },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  })
  const body: unknown = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(body))
  return body
}
