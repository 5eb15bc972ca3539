import { encodeId } from '@perennial/core/ids'
import { type Currency, toWireMinor } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../platform/http/index.ts'
import { type KeptFields, statusOf } from '../../platform/kept/index.ts'
import { cursorQuery } from '../../platform/lists/index.ts'
import {
  amount,
  amountField,
  currencyField,
  given,
  idField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { type ShippingProfileRow, type StoredRate, toStoredRates } from './stored-profile.ts'

const RATES_MAX = 50
const NAMES_MAX = 100
const text = (description: string) => nullable(Type.String({ description }))

const RateItem = Type.Object(
  {
    amount_minor: amount('What it costs, in minor units.'),
    provider: text('Who ships.'),
    provider_method: text('How.'),
    product_ids: Type.Array(wireId('product', 'Id of a product.'), {
      description: 'Any of these products, or of the groups; both empty = all.',
    }),
    product_groups: Type.Array(Type.String({ description: 'Name of a group.' }), {
      description: 'Any product of these groups.',
    }),
    revenue_min_minor: nullable(amount('What the products cost at least, after discounts.')),
    revenue_max_minor: nullable(amount('What the products cost at most, after discounts.')),
  },
  { description: 'One way to ship, and when it qualifies.' },
)

export const ShippingProfileItem = Type.Object(
  {
    id: wireId('shipping_profile', 'Id of the profile.'),
    object: oneOf(['shipping_profile'], { description: 'Always "shipping_profile".' }),
    name: Type.String({ description: 'Name, unique among profiles that are not archived.' }),
    description: text('What it is for.'),
    enabled: Type.Boolean({
      description: 'Whether renewals without a profile of their own use it.',
    }),
    currency: Type.String({
      description: 'Currency of its rates, ISO 4217; others never bear it.',
    }),
    rates: Type.Array(RateItem, { description: 'In order: the first that qualifies counts.' }),
    version: Type.Integer({ description: 'Rises with each change.' }),
    archived: Type.Boolean({ description: 'Whether it was deleted.' }),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'ShippingProfile', description: 'What shipping costs.' },
)

const optionalAmount = (description: string) => Type.Optional(nullable(amountField(description)))
const RateBody = Type.Object({
  amount_minor: amountField('What it costs, in minor units.'),
  provider: Type.Optional(nullable(textField('Who ships.', { maxLength: 100 }))),
  provider_method: Type.Optional(nullable(textField('How.', { maxLength: 100 }))),
  product_ids: Type.Optional(
    Type.Array(idField('product', 'Id of a product.'), {
      maxItems: NAMES_MAX,
      description: 'Any of these products.',
    }),
  ),
  product_groups: Type.Optional(
    Type.Array(textField('Name of a group.', { minLength: 1, maxLength: 100 }), {
      maxItems: NAMES_MAX,
      description: 'Any product of these groups.',
    }),
  ),
  revenue_min_minor: optionalAmount('What the products cost at least, after discounts.'),
  revenue_max_minor: optionalAmount('What the products cost at most, after discounts.'),
})

const name = textField('Name, unique among profiles.', { minLength: 1, maxLength: 100 })
const rates = Type.Array(RateBody, {
  minItems: 1,
  maxItems: RATES_MAX,
  description: 'In order: the first that qualifies counts.',
})
const optional = {
  description: Type.Optional(nullable(textField('What it is for.'))),
  enabled: Type.Optional(
    Type.Boolean({
      description: 'Whether renewals without a profile of their own use it; default true.',
    }),
  ),
}
export const ShippingProfileCreateBody = Type.Object({
  name,
  currency: Type.Optional(currencyField("ISO 4217; default: the account's.")),
  rates,
  ...optional,
})
export const ShippingProfileUpdateBody = Type.Object({
  name: Type.Optional(name),
  rates: Type.Optional(rates),
  ...optional,
})
export const ShippingProfileParams = Type.Object({
  id: idField('shipping_profile', 'Id of the profile.'),
})
export const ShippingProfileListQuery = Type.Object(cursorQuery('shipping_profile'))

export function toNewShippingProfile(
  body: Static<typeof ShippingProfileCreateBody>,
  accountCurrency: Currency,
): KeptFields<'shipping_profiles'> {
  return {
    name: body.name,
    description: body.description ?? null,
    status: statusOf(body.enabled ?? true),
    currency: body.currency ?? accountCurrency,
    rates: body.rates.map(toStoredRate),
  }
}

export function toShippingProfileChange(
  body: Static<typeof ShippingProfileUpdateBody>,
): KeptFields<'shipping_profiles'> {
  const { enabled } = body
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('rates', body.rates?.map(toStoredRate)),
    ...given('status', enabled === undefined ? undefined : statusOf(enabled)),
  }
}

function toStoredRate(body: Static<typeof RateBody>, index: number): StoredRate {
  const { revenue_min_minor: min = null, revenue_max_minor: max = null } = body
  if (min !== null && max !== null && max < min)
    throw ApiRefusal.invalid(`rates[${index}].revenue_max_minor`, 'It is below revenue_min_minor.')
  return {
    amount_minor: toWireMinor(body.amount_minor),
    provider: body.provider ?? null,
    provider_method: body.provider_method ?? null,
    product_ids: body.product_ids ?? [],
    product_groups: body.product_groups ?? [],
    revenue_min_minor: min === null ? null : toWireMinor(min),
    revenue_max_minor: max === null ? null : toWireMinor(max),
  }
}

export function toWireShippingProfile(row: ShippingProfileRow): Static<typeof ShippingProfileItem> {
  return {
    id: encodeId('shipping_profile', row.id),
    object: 'shipping_profile',
    name: row.name,
    description: row.description,
    enabled: row.status === 'active',
    currency: row.currency,
    rates: toStoredRates(row.rates).map((rate) => ({
      ...rate,
      product_ids: rate.product_ids.map((id) =>
        encodeId('product', id as ShippingProfileRow['id']),
      ),
      product_groups: [...rate.product_groups],
    })),
    version: row.version,
    archived: row.status === 'archived',
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}
