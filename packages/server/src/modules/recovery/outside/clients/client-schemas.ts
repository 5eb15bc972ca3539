import { parseTimeZone } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../../platform/http/index.ts'
import { cursorQuery } from '../../../../platform/lists/index.ts'
import {
  given,
  idField,
  integerField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../../platform/wire/index.ts'
import { CREDENTIAL_NAMES } from '../../../accounts/index.ts'
import type { ClientChange } from './save-client.ts'

const POLICIES = ['planner', 'schedule'] as const

const itemFields = {
  id: wireId('recovery_client', 'Id of the client.'),
  object: oneOf(['recovery_client'], { description: 'Always "recovery_client".' }),
  webhook_url: nullable(Type.String({ description: 'Where events go; null keeps them here.' })),
  dunning_enabled: Type.Boolean({ description: 'Whether recovery.failed is sent.' }),
  billing_cycle_day: nullable(Type.Integer({ description: 'Day on which customers are billed.' })),
  timezone: Type.String({ description: 'IANA name; retries are timed on its wall.' }),
  card_update_domain: nullable(Type.String({ description: 'Host of links to replace a card.' })),
  brand_name: nullable(Type.String({ description: 'Heading of the card page.' })),
  brand_logo_url: nullable(Type.String({ description: 'Logo on the card page.' })),
  brand_primary_color: nullable(Type.String({ description: 'CSS hex colour of the card page.' })),
  gateway: nullable(Type.String({ description: 'Code of the gateway that its tokens belong to.' })),
  retry_policy: oneOf(POLICIES, { description: 'Who chooses when to try again.' }),
  undelivered_webhooks: Type.Integer({
    description:
      'Webhooks that were given up after a day, or had no address to go to; 1,000 stands for more, too. Replay sends them.',
  }),
  created_at: timestamp('When it was made.'),
  updated_at: timestamp('When it was last changed.'),
}

export const ClientItem = Type.Object(itemFields, {
  title: 'RecoveryClient',
  description: 'A biller that hands its failed payments over through /api/recovery.',
})

export const ClientWithCredentials = Type.Object(
  {
    ...itemFields,
    client_id: wireId('recovery_client', 'The same id, as connector addresses name it.'),
    api_key: Type.Optional(Type.String({ description: 'Secret key. Shown once.' })),
    publishable_key: Type.Optional(Type.String({ description: 'Browser key. Shown once.' })),
    webhook_secret: Type.Optional(Type.String({ description: 'Signs our webhooks. Shown once.' })),
  },
  { title: 'RecoveryClientCredentials', description: 'A client with its new credentials.' },
)

export const ClientBody = Type.Object({
  webhook_url: Type.Optional(
    nullable(textField('Where events are sent; https for live accounts.', { format: 'url' })),
  ),
  dunning_enabled: Type.Optional(Type.Boolean({ description: 'Whether recovery.failed is sent.' })),
  billing_cycle_day: Type.Optional(
    nullable(integerField('Day on which customers are billed.', { minimum: 1, maximum: 31 })),
  ),
  timezone: Type.Optional(textField('IANA name; UTC unless told otherwise.', { maxLength: 60 })),
  card_update_domain: Type.Optional(nullable(textField('Host name.', { maxLength: 253 }))),
  brand_name: Type.Optional(nullable(textField('Heading of the card page.', { maxLength: 100 }))),
  brand_logo_url: Type.Optional(nullable(textField('https address.', { format: 'url' }))),
  brand_primary_color: Type.Optional(nullable(textField('Such as #6366f1.', { maxLength: 7 }))),
  gateway: Type.Optional(nullable(textField('Code of a gateway.', { maxLength: 60 }))),
  retry_policy: Type.Optional(oneOf(POLICIES, { description: 'Who chooses when to try again.' })),
})

export const RotateBody = Type.Object({
  credentials: Type.Array(
    oneOf(CREDENTIAL_NAMES, { description: 'As it is named where it is told.' }),
    {
      description: 'Which to replace. Each ends at once.',
      minItems: 1,
      uniqueItems: true,
    },
  ),
})

export const ClientParams = Type.Object({
  id: idField('recovery_client', 'Id of the client.'),
})
export const WebhookReplay = Type.Object(
  {
    object: oneOf(['webhook_replay'], { description: 'Always "webhook_replay".' }),
    replayed: Type.Integer({ description: 'How many are sent again; the oldest 1,000 at most.' }),
  },
  { title: 'WebhookReplay', description: 'Webhooks of a recovery client that are sent again.' },
)
export const ClientListQuery = Type.Object(cursorQuery('recovery_client'))

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(:\d{1,5})?$/i
const COLOR = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i

/** Names the field that is wrong. Whether a webhook may be sent to its address is asked elsewhere. */
export function toClientChange(body: Static<typeof ClientBody>): ClientChange {
  const { timezone, card_update_domain: domain, brand_primary_color: color } = body
  if (timezone !== undefined && parseTimeZone(timezone) === null)
    throw ApiRefusal.invalid('timezone', 'This is no IANA time zone.')
  if (typeof domain === 'string' && !HOST.test(domain))
    throw ApiRefusal.invalid('card_update_domain', 'This is no host name, such as pay.example.com.')
  if (typeof color === 'string' && !COLOR.test(color))
    throw ApiRefusal.invalid('brand_primary_color', 'This is no CSS hex colour, such as #6366f1.')
  return {
    ...given('webhook_url', body.webhook_url),
    ...given('dunning_enabled', body.dunning_enabled),
    ...given('billing_cycle_day', body.billing_cycle_day),
    ...given('timezone', timezone),
    ...given('card_update_domain', domain),
    ...given('brand_name', body.brand_name),
    ...given('brand_logo_url', body.brand_logo_url),
    ...given('brand_primary_color', color),
    ...given('gateway', body.gateway),
    ...given('retry_policy', body.retry_policy),
  }
}
