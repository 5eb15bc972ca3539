import { assert } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import type { Sandbox } from '../create-sandbox.ts'
import { sendAgain } from '../insist.ts'
import { call, succeed, type Reply, type Stage } from '../stage.ts'
import type { Step } from './about.ts'

const RECOVERY = '/api/recovery'

const keys = new WeakMap<Sandbox, string>()

/** The key of the one biller that hands its failed payments over. */
async function billerKey(stage: Stage): Promise<string> {
  const known = keys.get(stage.account)
  if (known !== undefined) return known
  const made = await succeed(stage, { method: 'POST', path: '/recovery/clients', body: {} })
  const key = made.text('data.api_key')
  keys.set(stage.account, key)
  return key
}

const TOKENS = [
  'pm_good',
  'tok_mastercard',
  'tok_decline_insufficient_funds',
  'tok_decline_do_not_honor',
  'tok_decline_expired_card',
  'tok_decline_until_20280901_insufficient_funds',
  'tok_timeout_charged',
  'tok_timeout_not_charged',
  'tok_authenticate',
  'tok_world',
] as const

const REASONS = [
  'do_not_honor',
  'insufficient_funds',
  'insufficient_funds',
  'expired_card',
  'gateway_timeout',
  'fraudulent',
  'some_new_code',
  null,
] as const

/** Hands a failed payment over, as a careful biller does: with the same key again where the answer got lost. */
export const handOver: Step = async (stage) => {
  const { chance } = stage
  const apiKey = await billerKey(stage)
  const body = {
    paymentMethodToken: chance.pick(TOKENS),
    amount: 50 + chance.below(9_000),
    originalDeclineCode: chance.pick(REASONS),
    idempotencyKey: `invoice-${chance.below(1_000_000)}`,
    customerPresent: chance.happens(0.2),
    ...(chance.happens(0.3) ? { fallbackPaymentMethodTokens: [chance.pick(TOKENS)] } : {}),
    ...(chance.happens(0.5) ? { customerEmail: 'ada@example.com' } : {}),
  }
  const request = { method: 'POST', path: `${RECOVERY}/execute`, body, apiKey } as const
  const replies = chance.happens(0.3)
    ? await Promise.all([1, 2].map(() => call({ ...stage, isRacing: true }, request, stage.faults)))
    : [await call(stage, request, stage.faults)]
  for (const reply of replies) assertAnswered(reply, [200, 202, 403, 409])
  if (replies.some((reply) => reply !== null) || chance.happens(0.3)) return
  assertAnswered(await sendAgain(stage, request), [200, 202, 403, 409])
}

function assertAnswered(reply: Reply, statuses: readonly number[]): void {
  assert(reply === null || statuses.includes(reply.status), `${reply?.status} is no answer to that`)
}

export const askStatus: Step = async (stage) => {
  const id = await pickRecovery(stage)
  if (id === null) return
  const apiKey = await billerKey(stage)
  const request = { method: 'GET', path: `${RECOVERY}/status/${id}`, apiKey } as const
  assertAnswered(await call(stage, request, stage.faults), [200])
}

export const callOff: Step = async (stage) => {
  const id = await pickRecovery(stage)
  if (id === null) return
  const apiKey = await billerKey(stage)
  const request = { method: 'POST', path: `${RECOVERY}/cancel/${id}`, apiKey } as const
  assertAnswered(await call(stage, request, stage.faults), [200, 409])
}

/** A link for the card of one of them, and another card in its place. */
export const giveCard: Step = async (stage) => {
  const token = await pickCard(stage)
  if (token === null) return
  const apiKey = await billerKey(stage)
  const path = `${RECOVERY}/update-card/generate`
  const body = { paymentMethodToken: token }
  const link = await call(stage, { method: 'POST', path, body, apiKey }, stage.faults)
  if (link === null) return
  const used = {
    method: 'POST',
    path: `${RECOVERY}/update-card/${link.text('token')}`,
    body: { newPaymentMethodToken: stage.chance.pick(TOKENS) },
    apiKey,
  } as const
  assertAnswered(await call(stage, used, stage.faults), [200])
}

/** Mostly one that goes on. */
async function pickRecovery(stage: Stage): Promise<string | null> {
  const row = await pickRow(stage)
  return row === null ? null : encodeId('recovery_case', row.id)
}

async function pickCard(stage: Stage): Promise<string | null> {
  return (await pickRow(stage))?.token ?? null
}

async function pickRow({ house, account, chance }: Stage) {
  const rows = await house.database.kysely
    .selectFrom('outside_recoveries')
    .select(['id', 'token', 'closed_at'])
    .where('account_id', '=', account.id)
    .orderBy('id')
    .execute()
  const open = rows.filter((row) => row.closed_at === null)
  return chance.pickFrom(chance.happens(0.1) ? rows : open)
}
