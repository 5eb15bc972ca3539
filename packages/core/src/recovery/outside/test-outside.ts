// What the tests of this folder share.
import { assert } from '../../fault/index.ts'
import { parseCurrency } from '../../money/index.ts'
import { parseInstant, UTC, type Instant } from '../../time/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { emptyEvidence } from '../planner/evidence.ts'
import { buildModel } from '../planner/model.ts'
import type { HandedOver } from './decide-outside.ts'
import type { OutsideView } from './outside-view.ts'

export const NOW = parseInstant('2027-03-03T10:00:00Z') as Instant // a Wednesday
const MODEL = buildModel(emptyEvidence(), NOW)

function usd() {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'the dollar is known')
  return currency
}

export const USD = usd()

export const handed = (more: Partial<HandedOver> = {}): HandedOver => ({
  id: '01890a5d-ac96-774b-bcce-b302099a8057' as Uuid,
  amountMinor: 5000n,
  currency: USD,
  handedToken: 'first',
  fallbackTokens: [],
  firstDecline: null,
  isUrgent: false,
  isCustomerPresent: false,
  bin: null,
  country: null,
  ...more,
})

/** Retries follow the plain schedule. */
export const viewOfCards = (cardOf: OutsideView['cardOf']): OutsideView => ({
  now: NOW,
  zone: UTC,
  billingDay: null,
  policy: 'schedule',
  model: MODEL,
  gateway: 'amber',
  isCustomerPresent: false,
  draw: 0.5,
  cardOf,
})
