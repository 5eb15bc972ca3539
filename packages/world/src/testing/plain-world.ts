import { type World, loadWorld } from '../judging/world.ts'
import { merge } from '../world-file/merge.ts'
import type { GatewayFile, IssuerFile, WorldFile } from '../world-file/schema.ts'

/** For tests: an issuer that approves everything, with what the test says merged in. */
export function plainIssuer(change: object = {}): IssuerFile {
  const issuer: IssuerFile = {
    id: 'bank',
    bins: ['400066'],
    network: 'visa',
    funding: 'debit',
    country: 'US',
    timezone: 'UTC',
    share: 1,
    funds: null,
    refusals: {
      rate: 0,
      hour_factor: Array.from({ length: 24 }, () => 1),
      weekday_factor: Array.from({ length: 7 }, () => 1),
      gateway_factor: {},
      after_decline_24h: 1,
      hours: { median: 10, sigma: 0 },
      strength: 1,
    },
    limits: { rate: 0 },
    ends: {
      expires_per_year: 0,
      closed_per_year: 0,
      lost_per_year: 0,
      updater: { share: 0, delay_hours: 24 },
    },
    authentication: { rate: 0 },
    fraud: { rate: 0 },
    outages: [],
    advice: 0,
  }
  return merge(issuer, change) as IssuerFile // the loader checks it again
}

export function plainGateway(change: object = {}): GatewayFile {
  const gateway: GatewayFile = {
    id: 'g',
    networks: ['visa', 'mastercard'],
    currencies: ['USD'],
    fee: { bps: 290, fixed_minor: 30, per_attempt_minor: 0 },
    latency_ms: { p50: 100, p99: 500 },
    error_rate: 0,
    timeout_rate: 0,
    timeout_charged_share: 0,
    outages: [],
  }
  return merge(gateway, change) as GatewayFile
}

/** Money that lasts half of each month and comes in on the 1st at midnight, for every card. */
export const halfMonthFunds = {
  income: { kind: 'month_days', days: [1] },
  hour: 0,
  short_share: 1,
  lasts: { mean: 0.5, sd: 0 },
  top_up: { rate: 0, hours: { median: 1, sigma: 0 } },
}

export function plainFile(change: Partial<WorldFile> = {}): WorldFile {
  return {
    name: 'plain',
    seed: 1,
    starts_at: '2027-01-01T00:00:00Z',
    gateways: [plainGateway()],
    issuers: [plainIssuer()],
    customers: {
      currency: 'USD',
      amounts_minor: [[1, 1000]],
      answers_email: { share: 0.5, delay_hours: { median: 10, sigma: 1 } },
    },
    ...change,
  }
}

export function plainWorld(change: Partial<WorldFile> = {}): World {
  const loading = loadWorld(plainFile(change))
  if (loading.kind === 'loaded') return loading.world
  throw new Error(JSON.stringify(loading.problems))
}
