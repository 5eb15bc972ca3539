import { encodeId } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import Type, { type Static } from 'typebox'
import { findProduct } from '../../../../modules/catalog/index.ts'
import { sha256Hex } from '../../../../platform/crypto/index.ts'
import { operation, type Caller, type Json, type Operation } from '../../calls/operation.ts'
import { toMinor } from '../../wire/amounts.ts'
import { toCode } from '../../wire/codes.ts'
import { amount, choice, code, flag, idAt, nothing, pathId, strict, text, whole } from '../../wire/fields.ts' // prettier-ignore

const optional = Type.Optional
const params = strict({ product_id: code('Id of the product.') })
const TRIAL_SHIPPING = ['at_sale', 'at_expiration', 'both'] as const

const rest = {
  description: optional(text('Plain text.')),
  description_html: optional(text('HTML.', 5_000)),
  enabled: optional(flag('Whether it sells; default true.')),
  sku: optional(text('Stock keeping unit.', 100)),
  url: optional(text('Its page.')),
  internal_id: optional(text('Its id at a shop of a third party.', 100)),
  image_url: optional(text('Link to a jpg or png.')),
  price_trial: optional(amount('What the end of a trial charges; default: price.')),
  price_subscription: optional(amount('What renewals charge; default: price.')),
  trial_days: optional(whole('Days of a trial; 0 = none.', 0, 3_650)),
  trial_shipping_setting: optional(choice(TRIAL_SHIPPING, 'When shipping of a trial is charged.')),
  shippable: optional(flag('Whether it is shipped.')),
  product_group: optional(text('The group that shipping rates may be for.', 100)),
  subscription_profile: optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      minLength: 20,
      maxLength: 20,
      description: 'Makes the product one that is sold as a subscription.',
    }),
  ),
}
const name = Type.String({ minLength: 1, maxLength: 200, description: 'Its name.' })
const price = amount('What it costs in the first sale.')
const CreateBody = strict({ name, price, ...rest })
const EditBody = strict({ name: optional(name), price: optional(price), ...rest })
type Fields = Static<typeof EditBody>

/** Kept as they are said: nothing here acts on them. */
const KEPT = ['description_html', 'sku', 'url', 'internal_id'] as const

function toOurs(body: Fields, currency: Currency): Json {
  const minor = (field: string, major: number | undefined) =>
    major === undefined ? undefined : Number(toMinor(major, currency, field))
  const { subscription_profile: profile, shippable } = body
  const kept = KEPT.flatMap((field) => (body[field] === undefined ? [] : [[field, body[field]]]))
  return {
    name: body.name,
    description: body.description,
    image_url: body.image_url,
    amount_minor: minor('price', body.price),
    trial_amount_minor: minor('price_trial', body.price_trial),
    renewal_amount_minor: minor('price_subscription', body.price_subscription),
    trial_days: body.trial_days,
    trial_shipping: body.trial_shipping_setting,
    product_group: body.product_group,
    fulfillment_type: shippable === undefined ? undefined : shippable ? 'physical' : 'none',
    subscription_profile_id:
      profile === undefined || profile === null
        ? profile
        : encodeId('subscription_profile', idAt('subscription_profile', profile)),
    ...(kept.length === 0 ? {} : { metadata: Object.fromEntries(kept) }),
  }
}

/** What the product is called by in the books: a repetition of the call has to ask for the same. */
function codeFor({ context, apiKeyId }: Caller): string {
  const key = context.request?.idempotencyKey ?? null
  if (key === null) return toCode(context.ids.next())
  return sha256Hex(`${apiKeyId}:${key}`).slice(0, 20)
}

export const productOperations: readonly Operation[] = [
  operation({
    name: 'CreateProduct',
    summary: 'Create a product',
    method: 'POST',
    path: '/products',
    pair: { type: 'product', method: 'create' },
    scope: 'products:write',
    schemas: { params: nothing, query: nothing, body: CreateBody },
    handle: async (caller, { body }) => {
      const { context, v2 } = caller
      const isSubscription = (body.subscription_profile ?? null) !== null
      const made = await v2.send('POST', '/products', {
        product_id: codeFor(caller),
        kind: isSubscription ? 'subscription' : 'one_time',
        pricing_model: isSubscription ? 'recurring' : 'one_time',
        currency: context.account.currency,
        ...toOurs(body, context.account.currency),
      })
      const id = made.idAt('product', 'data.id')
      if (body.enabled === false)
        await v2.send('PATCH', `/products/${encodeId('product', id)}`, { is_active: false })
      return { kind: 'action', fields: { product_id: toCode(id) }, result: 'Product created.' }
    },
  }),
  operation({
    name: 'EditProduct',
    summary: 'Edit a product',
    method: 'POST',
    path: '/products/:product_id',
    pair: { type: 'product', method: 'edit' },
    scope: 'products:write',
    schemas: { params, query: nothing, body: EditBody },
    handle: async (caller, { params: { product_id: value }, body }) => {
      const id = pathId(value, 'product')
      const { enabled } = body
      const { context } = caller
      const found = await context.inTx((tx) =>
        findProduct(tx, { accountId: context.accountId, id }),
      )
      // Its prices are in its own currency, whatever the account's is; what is not there is refused below.
      const currency = found?.currency ?? context.account.currency
      await caller.v2.send('PATCH', `/products/${encodeId('product', id)}`, {
        ...toOurs(body, currency),
        ...(enabled === undefined ? {} : { is_active: enabled }),
      })
      return { kind: 'action', fields: { product_id: value }, result: 'Product edited.' }
    },
  }),
]
