import Type from 'typebox'
import { idField } from '../../../platform/wire/index.ts'

const DISCOUNTS_MAX = 20
const TAX_RATES_MAX = 10

export const discountList = (description: string) =>
  Type.Array(idField('discount', 'Id of a discount.'), { maxItems: DISCOUNTS_MAX, description })

export const taxRateList = (description: string) =>
  Type.Array(idField('tax_rate', 'Id of a tax rate.'), { maxItems: TAX_RATES_MAX, description })
