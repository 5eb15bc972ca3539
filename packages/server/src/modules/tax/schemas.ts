import { encodeId } from '@perennial/core/ids'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal, MAP_TOO_LARGE } from '../../platform/http/index.ts'
import { type KeptFields, statusOf } from '../../platform/kept/index.ts'
import { cursorQuery } from '../../platform/lists/index.ts'
import {
  given,
  idField,
  type JsonObject,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import type { TaxRateRow } from './stored-rate.ts'

const TYPES = ['vat', 'sales_tax', 'gst', 'other'] as const
const text = (description: string) => nullable(Type.String({ description }))

export const TaxRateItem = Type.Object(
  {
    id: wireId('tax_rate', 'Id of the tax rate.'),
    object: oneOf(['tax_rate'], { description: 'Always "tax_rate".' }),
    display_name: Type.String({ description: 'Name, as invoices show it.' }),
    description: text('What it is for.'),
    jurisdiction: text('Where it is owed.'),
    percentage: Type.Number({ description: 'The rate in percent; never changes.' }),
    inclusive: Type.Boolean({ description: 'Whether prices include it; never changes.' }),
    tax_type: oneOf(TYPES, { description: 'What kind of tax it is; never changes.' }),
    country: text('ISO 3166-1 alpha-2, upper case.'),
    state: text('State or region.'),
    active: Type.Boolean({ description: 'Whether bills bear it.' }),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'TaxRate', description: 'A tax that subscriptions may name.' },
)

const labels = {
  description: Type.Optional(nullable(textField('What it is for.'))),
  jurisdiction: Type.Optional(nullable(textField('Where it is owed.', { maxLength: 50 }))),
  country: Type.Optional(
    nullable(textField('ISO 3166-1 alpha-2.', { minLength: 2, maxLength: 2 })),
  ),
  state: Type.Optional(nullable(textField('State or region.', { maxLength: 10 }))),
  active: Type.Optional(Type.Boolean({ description: 'Whether bills bear it; default true.' })),
  metadata: Type.Optional(
    mapField('Your own keys and values. On update they are merged; null removes a key.'),
  ),
}
const displayName = textField('Name, as invoices show it.', { minLength: 1, maxLength: 100 })

export const TaxRateCreateBody = Type.Object({
  display_name: displayName,
  percentage: Type.Number({
    minimum: 0,
    maximum: 100,
    description: 'The rate in percent, with up to four decimals.',
  }),
  inclusive: Type.Optional(Type.Boolean({ description: 'Whether prices include it; default no.' })),
  tax_type: Type.Optional(oneOf(TYPES, { description: 'What kind of tax it is; default vat.' })),
  ...labels,
})
export const TaxRateUpdateBody = Type.Object({
  display_name: Type.Optional(displayName),
  ...labels,
})
export const TaxRateParams = Type.Object({ id: idField('tax_rate', 'Id of the tax rate.') })
export const TaxRateListQuery = Type.Object({
  ...cursorQuery('tax_rate'),
  active: Type.Optional(Type.Boolean({ description: 'Only those that bills bear, or do not.' })),
})

export function toNewTaxRate(body: Static<typeof TaxRateCreateBody>): KeptFields<'tax_rates'> {
  return {
    display_name: body.display_name,
    description: body.description ?? null,
    jurisdiction: body.jurisdiction ?? null,
    rate_ppm: toPpm(body.percentage),
    is_inclusive: body.inclusive ?? false,
    tax_type: body.tax_type ?? 'vat',
    country: body.country?.toUpperCase() ?? null,
    state: body.state ?? null,
    status: statusOf(body.active ?? true),
    metadata: body.metadata ?? {},
  }
}

export function toTaxRateChange(
  body: Static<typeof TaxRateUpdateBody>,
  before: TaxRateRow,
): KeptFields<'tax_rates'> {
  const { active, country } = body
  const metadata = mergeMap(before.metadata as JsonObject, body.metadata)
  if (isMapTooLarge(metadata)) throw ApiRefusal.invalid('metadata', MAP_TOO_LARGE.message)
  return {
    ...given('display_name', body.display_name),
    ...given('description', body.description),
    ...given('jurisdiction', body.jurisdiction),
    ...given('country', country === undefined ? undefined : (country?.toUpperCase() ?? null)),
    ...given('state', body.state),
    ...given('status', active === undefined ? undefined : statusOf(active)),
    metadata,
  }
}

const PPM_OF_ONE_PERCENT = 10_000

function toPpm(percentage: number): number {
  const ppm = Math.round(percentage * PPM_OF_ONE_PERCENT)
  if (Math.abs(percentage * PPM_OF_ONE_PERCENT - ppm) > 1e-6)
    throw ApiRefusal.invalid('percentage', 'A tax rate has at most four decimals.')
  return ppm
}

export function toWireTaxRate(row: TaxRateRow): Static<typeof TaxRateItem> {
  return {
    id: encodeId('tax_rate', row.id),
    object: 'tax_rate',
    display_name: row.display_name,
    description: row.description,
    jurisdiction: row.jurisdiction,
    percentage: row.rate_ppm / PPM_OF_ONE_PERCENT,
    inclusive: row.is_inclusive,
    tax_type: row.tax_type,
    country: row.country,
    state: row.state,
    active: row.status === 'active',
    metadata: row.metadata as JsonObject,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}
