import { encodeId } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import { operation, type Json, type Operation } from '../../calls/operation.ts'
import type { V2Answer } from '../../calls/v2.ts'
import { toMajor } from '../../wire/amounts.ts'
import { toCode } from '../../wire/codes.ts'
import { code, nothing, pathId, strict } from '../../wire/fields.ts'
import { codeOfOurId } from '../../wire/our-ids.ts'

const params = strict({ shipping_profile_id: code('Id of the shipping profile.') })

function show(answer: V2Answer): Json {
  const at = (name: string) => answer.at(`data.${name}`)
  const currency = parseCurrency(answer.text('data.currency'))
  const rates = at('rates')
  return {
    id: toCode(answer.idAt('shipping_profile', 'data.id')),
    name: at('name'),
    description: at('description'),
    enabled: at('enabled'),
    iso_currency: at('currency'),
    rates:
      Array.isArray(rates) && currency !== null
        ? rates.map((_, index) => showRate((name) => at(`rates.${index}.${name}`), currency))
        : [],
  }
}

function showRate(at: (name: string) => unknown, currency: Currency): Json {
  const major = (minor: unknown) => (typeof minor === 'number' ? toMajor(BigInt(minor), currency) : null) // prettier-ignore
  const products = at('product_ids')
  return {
    amount: major(at('amount_minor')),
    provider: at('provider'),
    provider_method: at('provider_method'),
    product: Array.isArray(products) ? products.map(codeOfOurId) : [],
    product_group: at('product_groups'),
    revenue_min: major(at('revenue_min_minor')),
    revenue_max: major(at('revenue_max_minor')),
  }
}

export const shippingProfileOperations: readonly Operation[] = [
  operation({
    name: 'GetShippingProfile',
    summary: 'Show a shipping profile',
    method: 'GET',
    path: '/shipping_profiles/:shipping_profile_id',
    pair: { type: 'shipping_profile', method: 'retrieve' },
    scope: 'shipping:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ v2 }, { params: { shipping_profile_id: value } }) => {
      const id = encodeId('shipping_profile', pathId(value, 'shipping profile'))
      const object = show(await v2.get(`/shipping-profiles/${id}`))
      return { kind: 'object', idName: 'shipping_profile_id', object }
    },
  }),
]
