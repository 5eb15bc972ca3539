import { MS_PER_SECOND } from '@perennial/core/time'
import Type from 'typebox'
import type { Clock } from '../../platform/clock/index.ts'
import { acceptedOr, type ApiModule } from '../../platform/http/index.ts'
import { createCustomerLink } from './create-customer-link.ts'
import { cardUpdateErrors } from './errors.ts'
import { cardUpdateUrl } from './links/create-links.ts'
import { findCustomerLink } from './links/queries.ts'
import { LIFETIME_SECONDS, LinkCreateBody, LinkItem, toWireLink } from './schemas.ts'

/** `POST /v2/card-update-links`. What the link opens is `cardPageRoutes`. */
export const cardUpdateLinksRoutes =
  (deps: { readonly clock: Clock }): ApiModule =>
  (app, { config, loaders }) => {
    loaders.register('card_update_link', async (context, id) => {
      const { accountId } = context
      const row = await context.inTx((tx) => findCustomerLink(tx, { accountId, id }))
      return row === null ? null : { data: toWireLink(row) }
    })
    app.post(
      '/card-update-links',
      {
        config: { scope: 'payment_methods:write', shownOnce: ['url'] },
        schema: {
          tags: ['Payment methods'],
          summary: 'Make a link on which a customer replaces a card',
          description:
            'The page shows your brand and what is owed. A card that is taken becomes the default, and what is owed is charged at once.',
          body: LinkCreateBody,
          response: { 201: Type.Object({ data: LinkItem }) },
        },
      },
      async ({ context, body }, reply) => {
        const decision = await createCustomerLink(deps, context, {
          customerId: body.customer_id ?? null,
          subscriptionId: body.subscription_id ?? null,
          lifetimeMs: (body.expires_in ?? LIFETIME_SECONDS) * MS_PER_SECOND,
        })
        const link = acceptedOr(decision, cardUpdateErrors)
        const url = cardUpdateUrl(config.publicUrl, link.token)
        return reply.code(201).send({ data: { ...toWireLink(link), url } })
      },
    )
  }
