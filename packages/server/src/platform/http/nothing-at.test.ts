import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import { createNothingAt } from './nothing-at.ts'

const app = fastify()
const nothingAt = createNothingAt(app)
for (const [method, url] of [
  ['GET', '/v2/customers'],
  ['POST', '/v2/customers'],
  ['GET', '/v2/customers/:id'],
  ['PATCH', '/v2/customers/:id'],
  ['POST', '/v2/customers/:id/portal'],
] as const)
  app.route({ method, url, handler: async () => ({}) })

const told: readonly (readonly [method: string, path: string, hint: string])[] = [
  ['GET', '/v2/customers/', ' Leave out the slash at its end: /v2/customers.'],
  ['GET', '/v2/customers/cus_1//', ' Leave out the slash at its end: /v2/customers/cus_1.'],
  ['GET', '/customers', ' The paths of this API begin with /v2: /v2/customers.'],
  ['POST', '/customers/', ' The paths of this API begin with /v2: /v2/customers.'],
  ['PUT', '/v2/customers/cus_1', ' This path takes GET, PATCH.'],
  ['DELETE', '/v2/customers/', ' This path takes GET, POST.'],
  ['GET', '/v2/customers/cus_1/portal', ' This path takes POST.'],
  ['GET', '/v2/orders', ''],
  ['GET', '/v2/customers//portal', ''],
  ['GET', '/', ''],
]
for (const [method, path, hint] of told) {
  test(`${method} ${path}:${hint === '' ? ' nothing is near' : hint}`, () => {
    assert.equal(nothingAt(method, path), `There is nothing at ${method} ${path}.${hint}`)
  })
}
