import { insist } from '../insist.ts'
import { call, countObjects, pickObject, type Stage } from '../stage.ts'
import { about, type Step } from './about.ts'

const PROFILES_MAX = 3

const FREQUENCIES = [
  { kind: 'unit', unit: 'day', count: 9 },
  { kind: 'unit', unit: 'week', count: 2 },
  { kind: 'unit', unit: 'month', count: 1 },
  { kind: 'calendar', unit: 'day', nth: 1, parent_unit: 'month' },
  { kind: 'calendar', unit: 'day', nth: 31, parent_unit: 'month' },
  { kind: 'calendar', unit: 'day', nth: 2, parent_unit: 'week' },
  { kind: 'fiscal', period: 'standard' },
] as const

/** What a profile decides, and what one for a single subscription may say as well. */
function rules({ chance }: Stage): object {
  return {
    frequency: chance.pickFrom<object>(FREQUENCIES),
    occurrences: chance.pick([null, null, 1 + chance.below(5)]),
    overdue_limit: chance.pick([0, 0, 1, 2]),
    retry_failed_renewals: chance.happens(0.8),
  }
}

/** Sold by from then on, whatever the subscription: half of them with tries of their own for failed renewals. */
export const createProfile: Step = async (stage) => {
  if ((await countObjects(stage, 'subscription_profiles')) >= PROFILES_MAX) return
  const { chance } = stage
  const name = `Profile ${chance.below(1_000_000)}`
  const salvage = chance.happens(0.5) ? await createSalvageProfile(stage, name) : null
  const body = { name, payment_profile_id: null, salvage_profile_id: salvage, ...rules(stage) }
  await insist(stage, { method: 'POST', path: '/subscription-profiles', body })
  await followProfile(stage)
}

async function createSalvageProfile(stage: Stage, name: string): Promise<string | null> {
  const { chance } = stage
  const attempts = [1 + chance.below(3), 5 + chance.below(9)].map((after_days) => ({
    after_days,
    amount_percent: chance.pick([100, 50]),
    gateway_choice: chance.pick(['original', 'payment_profile']),
  }))
  const body = { name, attempts }
  const made = await insist(stage, { method: 'POST', path: '/salvage-profiles', body })
  return made?.status === 201 ? made.text('data.id') : null
}

/** What follows it goes on by the new rules from its next renewal on. */
export const changeProfile = about('subscription_profiles', (id, stage) => ({
  method: 'PATCH',
  path: `/subscription-profiles/${id}`,
  body: stage.chance.pick<object>([
    rules(stage),
    { occurrences: 1 + stage.chance.below(4) },
    { overdue_limit: stage.chance.below(3) },
    { enabled: stage.chance.happens(0.5) },
  ]),
}))

export const archiveProfile = about('subscription_profiles', (id) => ({
  method: 'POST',
  path: `/subscription-profiles/${id}/archive`,
}))

export const followProfile: Step = async (stage) => {
  const profile = await pickObject(stage, 'subscription_profiles')
  const id = await pickObject(stage, 'subscriptions')
  if (profile === null || id === null) return
  const body = { subscription_profile_id: profile }
  await call(stage, { method: 'POST', path: `/subscriptions/${id}/edit`, body }, stage.faults)
}

/** A profile for one subscription alone; only what follows one may have it. */
export const customizeProfile = about('subscriptions', (id, stage) => ({
  method: 'POST',
  path: `/subscriptions/${id}/edit`,
  body: { custom_profile: rules(stage) },
}))
