import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { addDays, instantFromMs } from '@perennial/core/time'
import { isExploring } from './rows.ts'

const DUE = instantFromMs(Date.UTC(2027, 1, 28, 14))
const uuid = (n: number): Uuid => {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
  return isUuid(id) ? id : assert.fail(id)
}

const TRIES = [
  ['the best gateway of the instant is the runner-up', uuid(2), DUE, uuid(1), true],
  ['another day is, there', uuid(1), addDays(DUE, 2), uuid(1), false],
  ['another day is, at another gateway', uuid(2), addDays(DUE, 2), uuid(1), false],
  ['nothing else was considered', uuid(1), null, null, false],
  ['the rules of the account choose the gateway', null, DUE, null, false],
] as const

for (const [name, gatewayId, runnerUpAt, runnerUpGatewayId, expected] of TRIES)
  test(`a try explores or not: ${name}`, () => {
    const row = { due_at: DUE, gateway_id: gatewayId, runner_up_at: runnerUpAt }
    assert.equal(isExploring({ ...row, runner_up_gateway_id: runnerUpGatewayId }), expected)
  })
