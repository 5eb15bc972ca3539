import assert from 'node:assert/strict'
import type { GatewayNotice, WebhookReading, WebhookRequest } from '@perennial/core/payments'
import { addDays } from '@perennial/core/time'
import { describe, pay, type PaidCharge } from './charge-on-stage.ts'
import type { ContractCases, Stage, WebhookWish } from './contract-gateway.ts'

export const webhookCases = {
  webhook_charge: {
    promise: 'a notice of a charge names the charge',
    run: async (stage) => {
      const { reading, paid } = await receive(stage, { about: 'charge' })
      const notice = noticeOf(reading, 'charge')
      assert.equal(notice.gatewayReference, paid.gatewayReference)
    },
  },
  webhook_refund: {
    promise: 'a notice of a refund tells its amount',
    run: async (stage) => {
      const { reading, paid } = await receive(stage, { about: 'refund' })
      const notice = noticeOf(reading, 'refund')
      assert(notice.amountMinor > 0n && notice.amountMinor <= paid.amountMinor, describe(notice))
      assert.equal(notice.currency, paid.currency)
    },
  },
  webhook_dispute: {
    promise: 'a notice of a dispute names the charge and the amount in dispute',
    run: async (stage) => {
      const { reading, paid } = await receive(stage, { about: 'dispute' })
      const { dispute } = noticeOf(reading, 'dispute')
      assert.equal(dispute.chargeReference, paid.gatewayReference)
      assert.equal(dispute.amountMinor, paid.amountMinor)
    },
  },
  webhook_other: {
    promise: 'a notice of a type that nobody knows is kept as other',
    run: async (stage) => {
      const { reading } = await receive(stage, { about: 'other' })
      assert.notEqual(noticeOf(reading, 'other').type, '')
    },
  },
  webhook_duplicate: {
    promise: 'the same notice sent twice has the same id, and another one has another',
    run: async (stage) => {
      const { reading, request } = await receive(stage, { about: 'charge' })
      const again = await stage.port.readWebhook(request)
      assert.deepEqual(idsOf(again), idsOf(reading))
      const { reading: other } = await receive(stage, { about: 'charge' })
      assert.notDeepEqual(idsOf(other), idsOf(reading))
    },
  },
  webhook_wrong_signature: {
    promise: 'a notice that is signed with another secret is refused',
    run: async (stage) => {
      const { reading } = await receive(stage, { about: 'charge', signedWith: 'another secret' })
      assert.deepEqual(reading, { kind: 'refused', reason: 'signature' })
    },
  },
  webhook_without_signature: {
    promise: 'a notice without a signature is refused',
    run: async (stage) => {
      const { request } = await receive(stage, { about: 'charge' })
      const bare = { ...request, headers: { 'content-type': request.headers['content-type'] } }
      const changed = { ...bare, body: new TextEncoder().encode('{"id":"evt_1"}') }
      assert.equal((await stage.port.readWebhook(changed)).kind, 'refused')
    },
  },
  webhook_changed_body: {
    promise: 'a notice whose body was changed on the way is refused',
    run: async (stage) => {
      const { request, paid } = await receive(stage, { about: 'charge' })
      const body = changed(request.body, paid.gatewayReference)
      assert.equal((await stage.port.readWebhook({ ...request, body })).kind, 'refused')
    },
  },
  webhook_stale: {
    promise: 'a notice that was signed a day ago is refused as stale',
    run: async (stage) => {
      const { request } = await receive(stage, { about: 'charge' })
      const receivedAt = addDays(request.receivedAt, 1)
      const reading = await stage.port.readWebhook({ ...request, receivedAt })
      assert.deepEqual(reading, { kind: 'refused', reason: 'stale' })
    },
  },
} as const satisfies ContractCases

type Received = {
  readonly reading: WebhookReading
  readonly request: WebhookRequest
  readonly paid: PaidCharge
}

async function receive(
  stage: Stage,
  wish: Pick<WebhookWish, 'about'> & Partial<WebhookWish>,
): Promise<Received> {
  assert(stage.gateway.webhook !== undefined, 'the gateway sends webhooks')
  const paid = await pay(stage)
  const request = await stage.gateway.webhook({
    charge: paid,
    signedWith: 'own secret',
    sentAt: stage.realNow(),
    ...wish,
  })
  return { reading: await stage.port.readWebhook(request), request, paid }
}

export function noticeOf<Kind extends GatewayNotice['kind']>(
  reading: WebhookReading,
  kind: Kind,
): Extract<GatewayNotice, { kind: Kind }> {
  assert(reading.kind === 'notices', describe(reading))
  const isWanted = (notice: GatewayNotice): notice is Extract<GatewayNotice, { kind: Kind }> =>
    notice.kind === kind
  const notice = reading.notices.find(isWanted)
  assert(notice !== undefined, `there is a notice of the kind ${kind}`)
  return notice
}

function idsOf(reading: WebhookReading): readonly string[] {
  assert(reading.kind === 'notices', describe(reading))
  return reading.notices.map(({ id }) => id)
}

/** Another charge's name in its place; where the body hides it, one letter in the middle. */
function changed(body: Uint8Array, reference: string): Uint8Array {
  const text = new TextDecoder().decode(body)
  const last = reference.at(-1) === 'a' ? 'b' : 'a'
  const other = `${reference.slice(0, -1)}${last}`
  if (text.includes(reference)) return new TextEncoder().encode(text.replaceAll(reference, other))
  const middle = Math.floor(text.length / 2)
  const letter = text.charAt(middle) === 'a' ? 'b' : 'a'
  return new TextEncoder().encode(`${text.slice(0, middle)}${letter}${text.slice(middle + 1)}`)
}
