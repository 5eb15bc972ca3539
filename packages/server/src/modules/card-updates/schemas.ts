import { encodeId } from '@perennial/core/ids'
import {
  formatInstant,
  formatInstantOrNull,
  MS_PER_HOUR,
  MS_PER_SECOND,
} from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import {
  idField,
  integerField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import type { CustomerCardLink } from './create-customer-link.ts'
import { LINK_LIFETIME_MS } from './links/create-links.ts'

export const LIFETIME_SECONDS = LINK_LIFETIME_MS.absent / MS_PER_SECOND
const LIFETIME_SECONDS_MAX = (30 * 24 * MS_PER_HOUR) / MS_PER_SECOND

export const LinkCreateBody = Type.Object({
  customer_id: Type.Optional(
    idField(
      'customer',
      'Whose card is to be replaced; the customer of the subscription by default.',
    ),
  ),
  subscription_id: Type.Optional(
    idField('subscription', 'What the customer is asked about; whatever they owe by default.'),
  ),
  expires_in: Type.Optional(
    integerField('Seconds for which the link works; 259200 (72 hours) by default.', {
      minimum: 60,
      maximum: LIFETIME_SECONDS_MAX,
    }),
  ),
})

export const LinkItem = Type.Object(
  {
    id: wireId('card_update_link', 'Id of the link; it opens nothing.'),
    object: oneOf(['card_update_link'], { description: 'Always "card_update_link".' }),
    url: Type.Optional(
      Type.String({
        description:
          'Where the customer replaces the card, once. Whoever has it can: shown this once, never again.',
      }),
    ),
    customer_id: wireId('customer', 'Whose card is replaced.'),
    subscription_id: nullable(wireId('subscription', 'What they are asked about.')),
    used_at: nullable(
      timestamp('When a card was taken; null while the link works or has expired.'),
    ),
    expires_at: timestamp('Until when it works, by real time.'),
    created_at: timestamp('When it was made, by real time.'),
  },
  { title: 'CardUpdateLink', description: 'A page on which a customer replaces a card, once.' },
)

export function toWireLink(
  link: Omit<CustomerCardLink, 'token'> & {
    readonly usedAt?: CustomerCardLink['createdAt'] | null
  },
): Static<typeof LinkItem> {
  const { subscriptionId, usedAt = null } = link
  return {
    id: encodeId('card_update_link', link.id),
    object: 'card_update_link',
    customer_id: encodeId('customer', link.customerId),
    subscription_id: subscriptionId === null ? null : encodeId('subscription', subscriptionId),
    used_at: formatInstantOrNull(usedAt),
    expires_at: formatInstant(link.expiresAt),
    created_at: formatInstant(link.createdAt),
  }
}
