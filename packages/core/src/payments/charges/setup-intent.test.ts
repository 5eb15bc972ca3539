import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, type Uuid } from '../../ids/index.ts'
import { addMs, instantFromMs } from '../../time/index.ts'
import type { GatewayOutcome } from '../gateway/gateway-outcome.ts'
import type { IntentStatus } from './payment-intent.ts'
import {
  cancelSetupIntent,
  confirmSetupIntent,
  editSetupIntent,
  settleSetupIntent,
  startSetupIntent,
  type SetupIntent,
} from './setup-intent.ts'

const at = instantFromMs(1_800_000_000_000)
const later = addMs(at, 60_000)

function uuid(last: number): Uuid {
  const id = `01890a5d-ac96-774b-bcce-b3020000000${last}`
  assert.ok(isUuid(id))
  return id
}

const fresh = startSetupIntent(
  {
    id: uuid(1),
    customerId: uuid(2),
    paymentMethodTypes: ['card'],
    usage: 'off_session',
    description: null,
    clientSecret: 'seti_secret_x',
    metadata: {},
  },
  at,
)

const verification = {
  id: uuid(4),
  gatewayId: uuid(5),
  gatewayReference: null,
  heldMinor: 0n,
}

const asked = { customerId: uuid(2), paymentMethodId: uuid(3), verification }

function inStatus(status: IntentStatus): SetupIntent {
  return { ...fresh, ...asked, status }
}

const succeeded: GatewayOutcome = {
  kind: 'succeeded',
  gatewayReference: 'ch_1',
  networkTransactionId: 'n1',
}
const declined: GatewayOutcome = {
  kind: 'declined',
  gatewayReference: 'ch_1',
  decline: { code: 'do_not_honor', isoCode: '05', adviceCode: null, message: 'No.' },
}
const challenged: GatewayOutcome = {
  kind: 'needs_action',
  gatewayReference: 'ch_1',
  nextAction: { type: 'redirect_to_url', url: 'https://bank.example/1' },
}
const silent: GatewayOutcome = { kind: 'unknown', gatewayReference: null, cause: 'cut' }

const answers: readonly (readonly [IntentStatus, GatewayOutcome, IntentStatus | null])[] = [
  ['processing', succeeded, 'succeeded'],
  ['processing', declined, 'requires_payment_method'],
  ['processing', challenged, 'requires_action'],
  ['processing', silent, 'processing'],
  ['requires_action', succeeded, 'succeeded'],
  ['requires_action', declined, 'requires_payment_method'],
  ['requires_action', silent, null],
  ['succeeded', declined, null],
  ['canceled', succeeded, null],
  ['requires_payment_method', succeeded, null],
]
for (const [status, outcome, becomes] of answers) {
  test(`${status}: the answer ${outcome.kind} makes it ${becomes ?? 'stay as it is'}`, () => {
    const settled = settleSetupIntent(inStatus(status), outcome, later)
    assert.equal(settled?.status ?? null, becomes)
  })
}

test('a refusal tells its code, and the next confirmation forgets it', () => {
  const refused = settleSetupIntent(inStatus('processing'), declined, later)
  assert.ok(refused !== null)
  assert.equal(refused.lastError?.declineCode, 'do_not_honor')
  const again = confirmSetupIntent(refused, asked, later)
  assert.equal(again.kind === 'accepted' && again.intent.lastError, null)
})

test('what needs no verification has succeeded once it is confirmed', () => {
  const decision = confirmSetupIntent(fresh, { ...asked, verification: null }, later)
  assert.ok(decision.kind === 'accepted')
  assert.equal(decision.intent.status, 'succeeded')
  assert.equal(decision.intent.confirmedAt, later)
})

const moves: readonly (readonly [IntentStatus, boolean, boolean, boolean])[] = [
  // status, may be confirmed, may be canceled, its terms may change
  ['requires_payment_method', true, true, true],
  ['requires_confirmation', true, true, true],
  ['requires_action', false, true, false],
  ['processing', false, false, false],
  ['succeeded', false, false, false],
  ['canceled', false, false, false],
]
for (const [status, mayConfirm, mayCancel, mayEdit] of moves) {
  test(`${status}: confirm ${mayConfirm}, cancel ${mayCancel}, edit ${mayEdit}`, () => {
    const intent = inStatus(status)
    assert.equal(confirmSetupIntent(intent, asked, later).kind === 'accepted', mayConfirm)
    assert.equal(cancelSetupIntent(intent, 'abandoned', later).kind === 'accepted', mayCancel)
    const terms = editSetupIntent(intent, { usage: 'on_session' }, later)
    assert.equal(terms.kind === 'accepted', mayEdit)
    assert.equal(editSetupIntent(intent, { description: 'x' }, later).kind, 'accepted')
  })
}
