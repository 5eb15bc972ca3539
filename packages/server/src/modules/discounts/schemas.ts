import { assert } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../platform/http/index.ts'
import type { KeptFields } from '../../platform/kept/index.ts'
import { offsetQuery } from '../../platform/lists/index.ts'
import {
  given,
  idField,
  instantField,
  integerField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { toProductIds, type DiscountRow } from './stored-discount.ts'

const TYPES = ['percentage', 'fixed_amount'] as const
const APPLIES_TO = ['all', 'specific_products'] as const
const SCOPES = ['entire_order', 'specific_products', 'subscription_only', 'one_time_only'] as const
const RECURRING = ['once', 'forever', 'repeating'] as const
const COUNT_MAX = 2_000_000_000
const PRODUCTS_MAX = 200
const text = (description: string) => nullable(Type.String({ description }))
const count = (description: string) => nullable(Type.Integer({ description }))

export const DiscountItem = Type.Object(
  {
    id: wireId('discount', 'Id of the discount.'),
    object: oneOf(['discount'], { description: 'Always "discount".' }),
    code: Type.String({ description: 'What customers type, upper case; never used again.' }),
    name: text('Name, as invoices show it.'),
    description: text('What it is for.'),
    discount_type: oneOf(TYPES, { description: 'What discount_value is.' }),
    discount_value: Type.Number({
      description: 'Percent, or minor units of whatever currency is billed.',
    }),
    applies_to: oneOf(APPLIES_TO, { description: 'All products, or those in product_ids.' }),
    scope: nullable(oneOf(SCOPES, { description: 'Which lines it may reduce; null = all.' })),
    product_ids: nullable(
      Type.Array(wireId('product', 'Id of a product.'), { description: 'Products it is for.' }),
    ),
    max_redemptions: count('Bills that it may reduce in all; null = no limit.'),
    max_redemptions_per_user: Type.Integer({
      description: 'Bills of one customer that it may reduce; 0 = no limit.',
    }),
    current_redemptions: Type.Integer({ description: 'Paid bills that it has reduced.' }),
    valid_from: nullable(timestamp('When it begins to count; null = at once.')),
    valid_until: nullable(timestamp('When it counts no more; null = never.')),
    recurring_type: nullable(
      oneOf(RECURRING, {
        description:
          'once: the first bill after it was given. repeating: recurring_cycles bills. forever: every bill. null counts as once.',
      }),
    ),
    recurring_cycles: count('Bills that a repeating discount reduces.'),
    first_time_customer: Type.Boolean({
      description: 'Whether only customers who have not paid before may be given it.',
    }),
    is_active: Type.Boolean({ description: 'Whether it counts.' }),
    is_archived: Type.Boolean({ description: 'Whether it was deleted.' }),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'Discount', description: 'Something off the price, under a code.' },
)

const optional = {
  description: Type.Optional(nullable(textField('What it is for.', { maxLength: 1000 }))),
  applies_to: Type.Optional(oneOf(APPLIES_TO, { description: 'Default all.' })),
  scope: Type.Optional(
    nullable(oneOf(SCOPES, { description: 'Which lines it may reduce; default all.' })),
  ),
  product_ids: Type.Optional(
    nullable(
      Type.Array(idField('product', 'Id of a product.'), {
        maxItems: PRODUCTS_MAX,
        description: 'Products it is for; with specific_products.',
      }),
    ),
  ),
  max_redemptions: Type.Optional(
    nullable(integerField('Bills that it may reduce in all.', { minimum: 1, maximum: COUNT_MAX })),
  ),
  max_redemptions_per_user: Type.Optional(
    nullable(
      integerField('Bills of one customer that it may reduce; 0 = no limit.', {
        minimum: 0,
        maximum: COUNT_MAX,
      }),
    ),
  ),
  valid_from: Type.Optional(nullable(instantField('When it begins to count.'))),
  valid_until: Type.Optional(nullable(instantField('When it counts no more.'))),
  recurring_type: Type.Optional(
    nullable(oneOf(RECURRING, { description: 'How many bills of a subscription it reduces.' })),
  ),
  recurring_cycles: Type.Optional(
    nullable(
      integerField('Bills that a repeating discount reduces.', { minimum: 1, maximum: 1_000 }),
    ),
  ),
  first_time_customer: Type.Optional(
    Type.Boolean({ description: 'Only for customers who have not paid before; default false.' }),
  ),
}
const name = textField('Name, as invoices show it.', { minLength: 1, maxLength: 255 })
const value = Type.Number({
  minimum: 0.01,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Percent from 1 to 100 with up to two decimals, or whole minor units.',
})

export const DiscountCreateBody = Type.Object({
  code: textField('What customers type; kept in upper case.', {
    minLength: 1,
    maxLength: 50,
    pattern: '^\\S(.*\\S)?$',
  }),
  name,
  discount_type: oneOf(TYPES, { description: 'What discount_value is.' }),
  discount_value: value,
  ...optional,
})
export const DiscountUpdateBody = Type.Object({
  name: Type.Optional(name),
  discount_value: Type.Optional(value),
  is_active: Type.Optional(Type.Boolean({ description: 'Whether it counts.' })),
  is_archived: Type.Optional(Type.Boolean({ description: 'Whether it is hidden from lists.' })),
  ...optional,
})
export const DiscountParams = Type.Object({ id: idField('discount', 'Id of the discount.') })
export const DiscountListQuery = Type.Object({
  ...offsetQuery('discount'),
  is_active: Type.Optional(Type.Boolean({ description: 'Only those that count, or do not.' })),
  is_archived: Type.Optional(
    Type.Boolean({ description: 'True shows deleted discounts in the place of the others.' }),
  ),
})

type Update = Static<typeof DiscountUpdateBody>

export function toNewDiscount(body: Static<typeof DiscountCreateBody>): KeptFields<'discounts'> {
  const { code, discount_type: type } = body
  return {
    code: code.toUpperCase(),
    name: body.name,
    description: body.description ?? null,
    discount_type: type,
    value: toStoredValue(type, body.discount_value),
    applies_to: body.applies_to ?? 'all',
    scope: body.scope ?? null,
    product_ids: body.product_ids?.map(String) ?? null,
    max_redemptions: body.max_redemptions ?? null,
    max_redemptions_per_user: body.max_redemptions_per_user ?? 0,
    valid_from: body.valid_from ?? null,
    valid_until: body.valid_until ?? null,
    recurring_type: body.recurring_type ?? null,
    recurring_cycles: body.recurring_cycles ?? null,
    first_time_customer: body.first_time_customer ?? false,
    status: 'active',
    uses_reserved: 0,
    redemptions: 0,
  }
}

export function toDiscountChange(body: Update, before: DiscountRow): KeptFields<'discounts'> {
  const { discount_value: wanted, max_redemptions_per_user: perUser } = body
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given(
      'value',
      wanted === undefined ? undefined : toStoredValue(before.discount_type, wanted),
    ),
    ...given('applies_to', body.applies_to),
    ...given('scope', body.scope),
    ...given(
      'product_ids',
      body.product_ids === undefined ? undefined : (body.product_ids?.map(String) ?? null),
    ),
    ...given('max_redemptions', body.max_redemptions),
    ...given('max_redemptions_per_user', perUser === null ? 0 : perUser),
    ...given('valid_from', body.valid_from),
    ...given('valid_until', body.valid_until),
    ...given('recurring_type', body.recurring_type),
    ...given('recurring_cycles', body.recurring_cycles),
    ...given('first_time_customer', body.first_time_customer),
    status: toStatus(before, body),
  }
}

function toStatus({ status }: DiscountRow, body: Update): DiscountRow['status'] {
  const isArchived = body.is_archived ?? status === 'archived'
  if (isArchived) return 'archived'
  const isActive = body.is_active ?? status !== 'inactive'
  return isActive ? 'active' : 'inactive'
}

/** Hundredths of a percent, or minor units; whichever of them it is not a whole number of is refused. */
function toStoredValue(type: DiscountRow['discount_type'], wanted: number): bigint {
  const refuse = (message: string): never => {
    throw ApiRefusal.invalid('discount_value', message)
  }
  if (type === 'fixed_amount') {
    if (!Number.isSafeInteger(wanted)) refuse('A fixed amount is in whole minor units.')
    return BigInt(wanted)
  }
  if (wanted < 1 || wanted > 100) refuse('A percentage is from 1 to 100.')
  const hundredths = Math.round(wanted * 100)
  if (Math.abs(wanted * 100 - hundredths) > 1e-6) refuse('A percentage has at most two decimals.')
  return BigInt(hundredths)
}

/** Fields that do not fit together. */
export function checkDiscount(row: DiscountRow): void {
  const isForSome = row.applies_to === 'specific_products' || row.scope === 'specific_products'
  if (isForSome && toProductIds(row.product_ids).length === 0)
    throw ApiRefusal.invalid('product_ids', 'specific_products needs at least one product.')
  if (row.recurring_type === 'repeating' && row.recurring_cycles === null)
    throw ApiRefusal.invalid('recurring_cycles', 'repeating needs the number of bills.')
  if (row.valid_from !== null && row.valid_until !== null && row.valid_until <= row.valid_from)
    throw ApiRefusal.invalid('valid_until', 'It ends after it begins.')
}

export function toWireDiscount(row: DiscountRow): Static<typeof DiscountItem> {
  assert(row.value <= BigInt(Number.MAX_SAFE_INTEGER), 'a stored value fits the wire')
  const hundred = row.discount_type === 'percentage' ? 100 : 1
  return {
    id: encodeId('discount', row.id),
    object: 'discount',
    code: row.code,
    name: row.name,
    description: row.description,
    discount_type: row.discount_type,
    discount_value: Number(row.value) / hundred,
    applies_to: row.applies_to,
    scope: row.scope,
    product_ids:
      row.product_ids === null
        ? null
        : toProductIds(row.product_ids).map((id) => encodeId('product', id)),
    max_redemptions: row.max_redemptions,
    max_redemptions_per_user: row.max_redemptions_per_user,
    current_redemptions: row.redemptions,
    valid_from: formatInstantOrNull(row.valid_from),
    valid_until: formatInstantOrNull(row.valid_until),
    recurring_type: row.recurring_type,
    recurring_cycles: row.recurring_cycles,
    first_time_customer: row.first_time_customer,
    is_active: row.status === 'active',
    is_archived: row.status === 'archived',
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}
