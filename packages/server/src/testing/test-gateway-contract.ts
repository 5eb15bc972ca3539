import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { GatewayAbilities, GatewayMethodType } from '@perennial/core/payments'
import {
  abilityCases,
  chargeCases,
  type ContractCards,
  type ContractGateway,
  holdCases,
  lookUpCases,
  refundCases,
  silenceCases,
  type Stage,
  tokenCases,
  webhookCases,
} from '../gateways/contract/index.ts'
import { systemClock } from '../platform/clock/index.ts'
import { createIds } from '../platform/ids/index.ts'

const CASES = {
  ...chargeCases,
  ...lookUpCases,
  ...holdCases,
  ...refundCases,
  ...tokenCases,
  ...abilityCases,
  ...webhookCases,
  ...silenceCases,
} as const

export type ContractCase = keyof typeof CASES

/** Cases that need an ability: denied = every one of them is listed as unable, declared = one is not. */
const CASES_OF_ABILITY = {
  authorize: ['authorize_holds', 'capture_full', 'capture_above', 'capture_repeated'],
  partialCapture: ['capture_partial'],
  void: ['void_hold', 'void_settled'],
  lookUp: ['look_up_paid', 'look_up_never_sent', 'lost_answer', 'lost_request'],
  tokenize: ['tokenize'],
  challenge: ['challenge_passed', 'challenge_failed', 'challenge_withdrawn'],
  webhooks: ['webhook_charge', 'webhook_wrong_signature', 'webhook_duplicate'],
  movements: ['movements'],
  disputes: ['webhook_dispute'],
  verifiesWithoutHold: ['verify_without_hold', 'verify_refused'],
  renewsCards: ['renewed_card'],
} as const satisfies Partial<Record<keyof GatewayAbilities, readonly ContractCase[]>>

const METHOD_TYPES: readonly GatewayMethodType[] = [
  'card',
  'us_bank_account',
  'bank_account',
  'bacs_direct_debit',
]

export type GatewayContract = {
  readonly name: string
  /** Starts what stands for the gateway. */
  readonly open: () => Promise<ContractGateway>
  readonly cards: ContractCards
  /** Cases that this gateway cannot have, each with the reason. */
  readonly unable: Readonly<Partial<Record<ContractCase, string>>>
}

/** What every adapter promises, whoever is behind it. Call it once in the adapter's own test file. */
export function gatewayContract(contract: GatewayContract): void {
  describe(`${contract.name} keeps the gateway contract`, () => {
    const held: { stage: Stage | null } = { stage: null }
    before(async () => {
      held.stage = await openStage(contract)
    })
    after(async () => {
      await held.stage?.port.close()
      await held.stage?.gateway.close()
    })
    const theStage = (): Stage => {
      assert(held.stage !== null, 'the gateway is open')
      return held.stage
    }

    test('it declares what it can do, no more and no less', () => {
      assertAbilities(theStage().port.abilities, contract)
    })
    for (const [id, { promise, run }] of Object.entries(CASES)) {
      const reason = isCase(id) ? contract.unable[id] : undefined
      test(promise, (t) => {
        if (reason === undefined) return run(theStage())
        return t.skip(`unable: ${reason}`)
      })
    }
  })
}

function isCase(id: string): id is ContractCase {
  return id in CASES
}

async function openStage({ open, cards }: GatewayContract): Promise<Stage> {
  const clock = systemClock()
  const ids = createIds({ clock, random: randomBytes })
  const gateway = await open()
  return {
    gateway,
    cards,
    port: await gateway.connect(),
    accountId: ids.next(),
    newKey: () => ids.next(),
    now: () => gateway.now?.() ?? clock.now(),
    realNow: () => clock.now(),
  }
}

function assertAbilities(abilities: GatewayAbilities, { unable }: GatewayContract): void {
  for (const [ability, cases] of Object.entries(CASES_OF_ABILITY)) {
    const isDeclared = Reflect.get(abilities, ability) === true
    const able = cases.filter((id) => unable[id] === undefined)
    assert.equal(able.length > 0, isDeclared, `${ability}: able in ${able.join(', ') || 'nothing'}`)
  }
  for (const type of METHOD_TYPES) {
    const isAble = unable[`pays_${type}`] === undefined
    assert.equal(isAble, abilities.methodTypes.includes(type), `takes ${type}`)
  }
  assert.equal(abilities.holdDays !== undefined, unable.hold_let_go === undefined, 'days of a hold')
  assert.equal(abilities.refund === 'none', unable.refund_full !== undefined, 'refund')
  assert.equal(
    abilities.refund === 'partial',
    unable.refund_partial === undefined,
    'partial refund',
  )
}
