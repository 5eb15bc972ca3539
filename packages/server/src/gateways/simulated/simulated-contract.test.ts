import { strictEqual } from 'node:assert/strict'
import { parseCurrency } from '@perennial/core/money'
import { assert } from '@perennial/core/fault'
import { formatInstant, type Instant } from '@perennial/core/time'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { systemClock } from '../../platform/clock/index.ts'
import { gatewayContract } from '../../test-gateway-contract.ts'
import type { ContractGateway, SeenCharge } from '../contract/contract-gateway.ts'
import { createSimulatedGateway } from './index.ts'

const NOT_YET = 'the simulated gateway does not give money back, tokenise, notify or list yet'

gatewayContract({
  name: 'the simulated gateway',
  open: openSimulated,
  cards: {
    approved: 'tok_visa',
    declined: { token: 'tok_decline_do_not_honor', code: 'do_not_honor' },
    insufficientFunds: 'tok_decline_insufficient_funds',
    needsAction: 'tok_authenticate',
    timeoutCharged: 'tok_timeout_charged',
    timeoutNotCharged: 'tok_timeout_not_charged',
    pending: 'tok_ach',
    unknown: 'card_000000000000',
  },
  unable: {
    network_id_sent: 'the world judges a recurring charge without it',
    refund_full: NOT_YET,
    refund_partial: NOT_YET,
    refund_several: NOT_YET,
    refund_beyond: NOT_YET,
    refund_beyond_rest: NOT_YET,
    refund_key_twice: NOT_YET,
    look_up_refund: NOT_YET,
    look_up_refund_never_sent: NOT_YET,
    tokenize: NOT_YET,
    credentials_good: NOT_YET,
    credentials_bad: NOT_YET,
    movements: NOT_YET,
    webhook_charge: NOT_YET,
    webhook_refund: NOT_YET,
    webhook_dispute: NOT_YET,
    webhook_other: NOT_YET,
    webhook_duplicate: NOT_YET,
    webhook_wrong_signature: NOT_YET,
    webhook_without_signature: NOT_YET,
    webhook_changed_body: NOT_YET,
    webhook_stale: NOT_YET,
    silence_refund: NOT_YET,
    silence_describe_token: 'an empty object passes for a card',
    silence_credentials: NOT_YET,
    silence_movements: NOT_YET,
  },
})

type AuditRow = {
  readonly charge_id: string | null
  readonly amount_minor: number
  readonly currency: string
  readonly captured_minor: number
  readonly money_moved: boolean
  readonly status: string | null
}

async function openSimulated(): Promise<ContractGateway> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  const now = (): Instant => systemClock().now()
  return {
    connect: async ({ baseUrl = world.url, timeoutMs = 2_000 } = {}) =>
      createSimulatedGateway({ worldUrl: baseUrl, gateway: 'amber', timeoutMs, connections: 4 }),
    chargesUnder: async (key) => {
      const headers = { 'x-perennial-now': formatInstant(now()) }
      const response = await fetch(`${world.url}/audit?idempotency_key=${key}`, { headers })
      const { data } = (await response.json()) as { readonly data: readonly AuditRow[] }
      return data.filter(({ status }) => status === 'succeeded').map(toSeen)
    },
    refundsOf: async () => [],
    authenticate: async ({ url }, answer) => {
      const body = JSON.stringify({ result: answer === 'passed' ? 'succeeded' : 'failed' })
      const headers = { 'content-type': 'application/json' }
      const { status } = await fetch(url, { method: 'POST', headers, body })
      strictEqual(status, 200)
    },
    close: () => world.close(),
  }
}

function toSeen(row: AuditRow): SeenCharge {
  const currency = parseCurrency(row.currency.toUpperCase())
  assert(currency !== null, 'the world charges in currencies')
  return {
    gatewayReference: row.charge_id ?? '',
    amountMinor: BigInt(row.amount_minor),
    currency,
    capturedMinor: BigInt(row.captured_minor),
    sentNetworkTransactionId: null,
  }
}
