import { encodeId } from '@perennial/core/ids'
import { operation, type Json, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { listProfileIds, readProfiles } from '../../queries/profiles.ts'
import { showProfile } from '../../show/show-profile.ts'
import { toCode } from '../../wire/codes.ts'
import { idAt, listQuery, nothing, pathId, strict, windowOf } from '../../wire/fields.ts'
import { code } from '../../wire/fields.ts'
import { ProfileCreate, ProfileEdit, toOurFrequency } from '../../wire/profile-schemas.ts'
import { toPage } from '../to-page.ts'

const what = 'subscription profile'
const params = strict({ subscription_profile_id: code('Id of the profile.') })

/** An edit says only what changes; a settings object goes with the frequency it is of. */
function toOurs(body: ProfileEdit): Json {
  const { frequency } = body
  const isSettled = 'frequency_unit' in body || 'frequency_calendar' in body || 'frequency_fiscal' in body // prettier-ignore
  if (frequency === undefined && isSettled)
    throw FaceRefusal.invalid('frequency must be sent with its settings.')
  const { occurrences, occurrences_unlimited: isUnlimited } = body
  if (isUnlimited === false && occurrences === undefined)
    throw FaceRefusal.invalid('occurrences is required where occurrences_unlimited is false.')
  if (isUnlimited === true && occurrences !== undefined)
    throw FaceRefusal.invalid('occurrences goes only with occurrences_unlimited false.')
  const { payment_profile: paymentProfile, shipping_profile: shippingProfile } = body
  return {
    name: body.name,
    description: body.description,
    enabled: body.enabled,
    frequency: frequency === undefined ? undefined : toOurFrequency(frequency, body),
    occurrences: isUnlimited === true ? null : occurrences,
    overdue_limit: body.overdue_limit,
    payment_profile_id:
      paymentProfile === undefined ? undefined : idAt('payment_profile', paymentProfile),
    prefer_last_success_gateway: body.prefer_last_success_gateway,
    shipping_profile_id:
      shippingProfile === undefined || shippingProfile === null
        ? shippingProfile
        : idAt('shipping_profile', shippingProfile),
  }
}

export const profileOperations: readonly Operation[] = [
  operation({
    name: 'CreateSubscriptionProfile',
    summary: 'Create a subscription profile',
    method: 'POST',
    path: '/subscription_profiles',
    pair: { type: 'subscription_profile', method: 'create' },
    scope: 'subscriptions:write',
    schemas: { params: nothing, query: nothing, body: ProfileCreate },
    handle: async ({ v2 }, { body }) => {
      if (body.occurrences_unlimited === undefined && body.occurrences === undefined)
        throw FaceRefusal.invalid('occurrences or occurrences_unlimited is required.')
      // Salvage is by hand here, or by whoever listens to events.
      const made = await v2.send('POST', '/subscription-profiles', {
        ...toOurs(body),
        retry_failed_renewals: false,
      })
      const id = toCode(made.idAt('subscription_profile', 'data.id'))
      return { kind: 'action', fields: { subscription_profile_id: id }, result: 'Subscription profile created.' } // prettier-ignore
    },
  }),
  operation({
    name: 'EditSubscriptionProfile',
    summary: 'Edit a subscription profile, and all that follows it',
    method: 'POST',
    path: '/subscription_profiles/:subscription_profile_id',
    pair: { type: 'subscription_profile', method: 'edit' },
    scope: 'subscriptions:write',
    schemas: { params, query: nothing, body: ProfileEdit },
    handle: async ({ v2 }, { params: { subscription_profile_id: text }, body }) => {
      const id = encodeId('subscription_profile', pathId(text, what))
      await v2.send('PATCH', `/subscription-profiles/${id}`, toOurs(body))
      return { kind: 'action', fields: { subscription_profile_id: text }, result: 'Subscription profile edited.' } // prettier-ignore
    },
  }),
  operation({
    name: 'GetSubscriptionProfile',
    summary: 'Show a subscription profile',
    method: 'GET',
    path: '/subscription_profiles/:subscription_profile_id',
    pair: { type: 'subscription_profile', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ context }, { params: { subscription_profile_id: text } }) => {
      const id = pathId(text, what)
      const [found] = await context.inTx((tx) => readProfiles(tx, context.accountId, [id]))
      if (found === undefined) throw FaceRefusal.notFound(what)
      return { kind: 'object', idName: 'subscription_profile_id', object: showProfile(found) }
    },
  }),
  operation({
    name: 'GetSubscriptionProfiles',
    summary: 'List subscription profiles',
    method: 'GET',
    path: '/subscription_profiles',
    pair: { type: 'subscription_profile', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params: nothing, query: listQuery({}), body: nothing },
    handle: async ({ context }, { query }) => {
      const window = windowOf(query)
      const { accountId } = context
      return context.inTx(async (tx) => {
        const ids = await listProfileIds(tx, accountId, window)
        const found = await readProfiles(tx, accountId, ids.slice(0, window.limit))
        return toPage({ query, ids, rows: found.map(showProfile) })
      })
    },
  }),
]
