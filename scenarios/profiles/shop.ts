import assert from 'node:assert/strict'
import {
  type Answer,
  card,
  DECLINED_RENEWAL,
  memberOf,
  PAID_START,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'

/** The shop of revcent.md 19, six years later: the same days of the week, which a sandbox's clock can still go to. a profile of 30 days, and products sold by it. */
export type ProfileShop = {
  readonly profileId: string
  sell(on: string, more?: { readonly card?: string; readonly who?: string }): Promise<Subscriber>
}

export const DAYS_30 = { kind: 'unit', unit: 'day', count: 30 }

export async function createProfile(world: ScenarioWorld, body: object = {}): Promise<string> {
  const made = await world.api.post('/subscription-profiles', {
    name: 'Every 30 days',
    frequency: DAYS_30,
    payment_profile_id: null,
    // Salvage is by hand here.
    retry_failed_renewals: false,
    ...body,
  })
  await world.expects(['subscription_profile.created'])
  return made.text('data.id')
}

/** What a renewal by a profile tells whose charge is refused. */
export const OVERDUE_RENEWAL = [...DECLINED_RENEWAL, 'salvage_transaction.created']

/** The same where it suspends the subscription. */
export const SUSPENDED_RENEWAL = OVERDUE_RENEWAL.map((type) =>
  type === 'subscription.past_due' ? 'subscription.paused' : type,
)

/** What a renewal is sold at in the fixture. */
export const PRICE_MINOR = 40_00

export async function openShop(world: ScenarioWorld, profile: object = {}): Promise<ProfileShop> {
  const profileId = await createProfile(world, profile)
  return {
    profileId,
    sell: (on, { card: token = card.good, who = 'Ada' } = {}) =>
      world.subscribe({
        on,
        who,
        card: token,
        priceMinor: PRICE_MINOR,
        terms: { subscription_profile_id: profileId },
        events: PAID_START,
      }),
  }
}

/** "active 2031-02-14 10:00": status and next renewal. */
export async function standing(who: Subscriber): Promise<string> {
  const shown = await who.show()
  const next = shown.at('data.profile.next_renewal_at')
  return `${String(shown.at('data.status'))} ${dayOf(next)}`
}

function dayOf(instant: unknown): string {
  if (typeof instant !== 'string') return 'never'
  return instant.slice(0, 16).replace('T', ' ').replace(' 00:00', '')
}

/** "automatic 2031-02-14 10:00 paid 4000" of each renewal but the first bill, oldest first. */
export async function renewals(world: ScenarioWorld, who: Subscriber): Promise<string[]> {
  return (await listRenewals(world, who))
    .filter((row) => memberOf(row, 'kind') !== 'initial')
    .map((row) => {
      const at = dayOf(memberOf(row, 'renewal_at'))
      const [kind, status] = [memberOf(row, 'kind'), memberOf(row, 'status')]
      return `${String(kind)} ${at} ${String(status)} ${String(memberOf(row, 'amount_minor'))}`
    })
}

/** Oldest first. */
export async function listRenewals(
  world: ScenarioWorld,
  who: Subscriber,
): Promise<readonly unknown[]> {
  const rows = (await world.api.get(`/renewals?subscription_id=${who.id}&limit=100`)).at('data')
  assert.ok(Array.isArray(rows))
  return rows.toReversed()
}

/** Does something to a subscription; the operation that the API tells. */
export function operate(
  world: ScenarioWorld,
  who: Subscriber,
  operation: string,
  body: object = {},
): Promise<Answer> {
  return world.api.post(`/subscriptions/${who.id}/${operation}`, body)
}

/** The code of a refusal, and that nothing was changed. */
export async function refusalOf(
  world: ScenarioWorld,
  who: Subscriber,
  operation: string,
  body: object = {},
): Promise<unknown> {
  const before = (await who.show()).body
  const answer = await world.api.call('POST', `/subscriptions/${who.id}/${operation}`, { body })
  assert.equal(answer.status, 400, JSON.stringify(answer.body))
  assert.deepEqual((await who.show()).body, before)
  return answer.at('error.code')
}
