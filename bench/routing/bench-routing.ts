import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import {
  compileProfile,
  continueRoute,
  emptyBook,
  noteCharge,
  parseBins,
  startRoute,
  type ChargeFacts,
  type FlowNode,
  type ProfileDefinition,
  type Routing,
} from '@perennial/core/routing'
import { medianOf } from '../median.ts'
import type { Screen } from '../screen.ts'

const ROUNDS = 5
const MS_PER_ROUND = 1_000
/** The aim: decisions a second on one core. */
const AIM = 100_000
const OTHER_DECLINE = { kind: 'declined', code: 'do_not_honor', isFinal: false } as const

type Case = { readonly name: string; readonly routing: Routing; readonly facts: ChargeFacts }

/** `npm run bench -- routing`: decisions a second, each with the reasons it gives; bench/README.md. */
export function benchRouting(args: readonly string[], { tell, print }: Screen): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
  })
  const results = casesOf().map((each) => {
    tell(each.name)
    return measure(each)
  })
  const report = {
    bench: 'routing',
    processor: cpus()[0]?.model ?? 'unknown',
    aim_per_second: AIM,
    results,
  }
  if (values.json) print(JSON.stringify(report, null, 2))
  else
    for (const { name, per_second, ratio } of results)
      print(`${name.padEnd(40)} ${per_second} a second, ${ratio} of the aim`)
  return Promise.resolve()
}

/**
 * The median of the rounds, by the processor time of this process: what else runs on the machine takes decisions from no second.
 * Every fifth charge is declined, and what follows is a decision too.
 */
function measure({ name, routing, facts }: Case) {
  const rounds = Array.from({ length: ROUNDS }, () => {
    let decisions = 0
    const begun = process.cpuUsage()
    while (msSince(begun) < MS_PER_ROUND) {
      for (let index = 0; index < 500; index += 1) {
        const step = startRoute(routing, facts)
        decisions += 1
        if (step.kind !== 'charge') continue
        noteCharge(routing.book, step)
        if (index % 5 !== 0) continue
        continueRoute(routing, facts, { state: step.state, outcome: OTHER_DECLINE })
        decisions += 1
      }
    }
    return (decisions * 1_000) / msSince(begun)
  })
  const perSecond = medianOf(rounds)
  return {
    name,
    per_second: Math.round(perSecond),
    ratio: Math.round((perSecond / AIM) * 100) / 100,
  }
}

function msSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1_000
}

function uuid(number: number): Uuid {
  const text = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(text), 'a uuid')
  return text
}

const GATEWAYS = Array.from({ length: 12 }, (_, index) => uuid(index + 1))
const GROUP = uuid(700)
const BINS = uuid(600)

function casesOf(): Case[] {
  const [first = uuid(1), second = uuid(2), third = uuid(3)] = GATEWAYS
  const refused = { brands: ['mastercard'] }
  const outside = { binProfileIds: [BINS] }
  const basic: ProfileDefinition = {
    kind: 'basic',
    steps: [
      {
        source: 'cascade',
        entries: [
          { kind: 'gateway', gatewayId: first, rules: refused },
          { kind: 'gateway', gatewayId: second, rules: outside },
          { kind: 'group', groupId: GROUP },
        ],
      },
      { source: 'gateway', entries: [{ kind: 'gateway', gatewayId: third }] },
    ],
  }
  return [
    caseOf('basic: cascade into an even group of 12', basic),
    caseOf('flow: three filters, learned BIN', { kind: 'flow', nodes: flowNodes() }),
    caseOf('no profile: the order of the account', null),
  ]
}

function flowNodes(): readonly FlowNode[] {
  return [
    { id: 's', type: 'start_payment_request', outputs: { next: 'r' } },
    { id: 'r', type: 'filter_request_type', requestTypes: ['subscription_renewal'], outputs: { passed: 'a' } },
    { id: 'a', type: 'filter_amount', minAmountMinor: 1n, outputs: { passed: 'm' } },
    { id: 'm', type: 'filter_metadata', key: 'tier', operator: 'equals', value: 'gold', outputs: { passed: 'c' } },
    {
      id: 'c',
      type: 'action_choose_gateway',
      entries: [{ kind: 'group', groupId: GROUP }],
      pick: 'sort_order',
      smartBin: true,
      outputs: { next: 'p' },
    },
    { id: 'p', type: 'action_process_payment', outputs: { declined: 'c2' } },
    {
      id: 'c2',
      type: 'action_choose_gateway',
      entries: [{ kind: 'group', groupId: GROUP }],
      pick: 'round_robin',
      doNotChooseIfAny: ['declined_in_request'],
      outputs: { next: 'p2' },
    },
    { id: 'p2', type: 'action_process_payment', outputs: {} },
  ] // prettier-ignore
}

function caseOf(name: string, definition: ProfileDefinition | null): Case {
  const currency = parseCurrency('USD')
  const bins = parseBins(Array.from({ length: 5_000 }, (_, index) => String(500_000 + index * 2)))
  assert(currency !== null && bins.kind === 'parsed', 'what the bench routes with is well formed')
  const results = GATEWAYS.map((id, index) => [id, { approved: 20 + index, attempts: 40 }] as const)
  const cap = { metric: 'attempt_count', period: 'month', max: Number.MAX_SAFE_INTEGER } as const
  const gateways = GATEWAYS.map((id) => ({ id, isEnabled: true, rules: [cap], isSmartBin: true }))
  const group = {
    id: GROUP,
    isEnabled: true,
    choice: 'even_distribution',
    gatewayIds: GATEWAYS,
  } as const
  return {
    name,
    routing: {
      config: {
        gateways: new Map(gateways.map((gateway) => [gateway.id, gateway])),
        groups: new Map([[GROUP, group]]),
        binProfiles: new Map([[BINS, bins.ranges]]),
      },
      profile:
        definition === null ? null : compileProfile({ id: uuid(500), version: 1, definition }),
      book: { ...emptyBook(), binResults: new Map([['424242', new Map(results)]]) },
      draw: Math.random,
    },
    facts: {
      requestType: 'subscription_renewal',
      amountMinor: 49_00n,
      currency,
      methods: [{ paymentMethodId: uuid(900), brand: 'visa', bin: '424242', gatewayIds: GATEWAYS }],
      attemptsMade: 0,
      productIds: [],
      customerGroups: [],
      campaign: null,
      metadata: { tier: 'gold' },
      approvedGatewayIds: [],
      declinedGatewayIds: [],
      forcedGatewayId: null,
      preferredGatewayId: null,
      lastSuccessGatewayId: null,
    },
  }
}
