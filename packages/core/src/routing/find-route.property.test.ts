import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Uuid } from '../ids/index.ts'
import { continueRoute, startRoute } from './find-route.ts'
import type { GatewayGroup, ProfileDefinition } from './profile.ts'
import type { RouteOutcome, RouteStep } from './route.ts'
import type { SourceEntry } from './source.ts'
import { emptyBook, noteCharge } from './usage.ts'
import { factsOf, G1, G2, G3, METHOD, routingOf, USD, uuid, type Shop } from './test-routing.ts'

const anyGateway = fc.constantFrom(G1, G2, G3)
const choices = ['sort_order', 'round_robin', 'even_distribution', 'weighted'] as const
const anyGroup: fc.Arbitrary<GatewayGroup> = fc.record({
  id: fc.constant(uuid(700)),
  isEnabled: fc.boolean(),
  choice: fc.constantFrom(...choices),
  gatewayIds: fc.uniqueArray(anyGateway, { minLength: 1 }),
})
const anyEntry: fc.Arbitrary<SourceEntry> = fc.oneof(
  anyGateway.map((gatewayId) => ({ kind: 'gateway' as const, gatewayId })),
  fc.constant({ kind: 'group' as const, groupId: uuid(700) }),
)
const entries = fc.array(anyEntry, { minLength: 1, maxLength: 4 })
const anyDefinition: fc.Arbitrary<ProfileDefinition | null> = fc.oneof(
  fc.constant(null),
  fc
    .array(
      fc.record({
        source: fc.constant('cascade' as const),
        entries,
        excludesDeclined: fc.boolean(),
      }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((steps) => ({ kind: 'basic' as const, steps, prefersLastSuccess: true })),
  entries.map((list) => ({ kind: 'cascade' as const, entries: list, methods: 'all' as const })),
)
const anyShop = fc.record({
  definition: anyDefinition,
  disabled: fc.uniqueArray(anyGateway),
  group: anyGroup,
  capped: fc.option(anyGateway, { nil: null }),
})
const anySegments = fc.record({
  forcedGatewayId: fc.option(anyGateway, { nil: null }),
  preferredGatewayId: fc.option(anyGateway, { nil: null }),
  lastSuccessGatewayId: fc.option(anyGateway, { nil: null }),
})
const anyTokens = fc.uniqueArray(anyGateway)
const SOFT: RouteOutcome = { kind: 'declined', code: 'do_not_honor', isFinal: false }

function shopOf(given: {
  readonly definition: ProfileDefinition | null
  readonly disabled: readonly Uuid[]
  readonly group: GatewayGroup
  readonly capped: Uuid | null
}): Shop {
  const never = [{ metric: 'attempt_count', period: 'day', max: 0 }] as const
  return {
    definition: given.definition,
    disabled: given.disabled,
    groups: [given.group],
    rules: new Map(given.capped === null ? [] : [[given.capped, never]]),
  }
}

describe('every route', () => {
  it('ends, and never goes to a gateway that is disabled, capped or without a token', () => {
    fc.assert(
      fc.property(anyShop, anySegments, anyTokens, (given, segments, gatewayIds) => {
        const routing = routingOf(shopOf(given))
        const methods = [{ paymentMethodId: METHOD, brand: null, bin: null, gatewayIds }]
        const facts = factsOf({ ...segments, methods })
        const steps: RouteStep[] = [startRoute(routing, facts)]
        for (let last = steps.at(-1); last?.kind === 'charge'; last = steps.at(-1)) {
          const { gatewayId } = last
          assert.ok(!given.disabled.includes(gatewayId), 'disabled')
          assert.ok(gatewayIds.includes(gatewayId), 'no token')
          const isForced = segments.forcedGatewayId !== null
          if (isForced) assert.equal(gatewayId, segments.forcedGatewayId)
          else assert.notEqual(gatewayId, given.capped)
          assert.ok(steps.length <= 10, 'it goes on for ever')
          steps.push(continueRoute(routing, facts, { state: last.state, outcome: SOFT }))
        }
        if (segments.forcedGatewayId !== null) assert.ok(steps.length <= 2, 'one forced attempt')
      }),
      { numRuns: 2_000 },
    )
  })

  it('names every gateway that stands before the chosen one with its reason', () => {
    fc.assert(
      fc.property(anyShop, anyTokens, (given, gatewayIds) => {
        const list = [G3, G1, G2]
        const definition = {
          kind: 'cascade',
          entries: list.map((gatewayId) => ({ kind: 'gateway', gatewayId }) as const),
        } as const
        const routing = routingOf({ ...shopOf(given), definition })
        const methods = [{ paymentMethodId: METHOD, brand: null, bin: null, gatewayIds }]
        const step = startRoute(routing, factsOf({ methods }))
        const named = step.reasons.flatMap((reason) => {
          if (reason.code === 'refused' || reason.code === 'chosen') return [reason.gatewayId]
          return reason.code === 'not_reached' ? reason.gatewayIds : []
        })
        assert.deepEqual(named, list)
      }),
    )
  })

  it('spreads an even distribution so that no gateway leads by more than the largest charge', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 500_00n }), { minLength: 30, maxLength: 200 }),
        (amounts) => {
          const group = uuid(700)
          const routing = routingOf({
            book: emptyBook(),
            groups: [
              { id: group, isEnabled: true, choice: 'even_distribution', gatewayIds: [G1, G2, G3] },
            ],
            definition: {
              kind: 'basic',
              steps: [{ source: 'cascade', entries: [{ kind: 'group', groupId: group }] }],
            },
          })
          for (const amountMinor of amounts) {
            const step = startRoute(routing, factsOf({ amountMinor }))
            assert.ok(step.kind === 'charge')
            noteCharge(routing.book, step)
          }
          const sums = [G1, G2, G3].map(
            (id) => routing.book.planned.get(id)?.capturedMinor.get(USD) ?? 0n,
          )
          const [least = 0n, , most = 0n] = sums.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
          assert.ok(most - least <= 500_00n, `${least} to ${most}`)
        },
      ),
    )
  })
})
