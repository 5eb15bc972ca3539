import type { PlanWish } from '../../../modules/billing/index.ts'
import { choiceAt, hundredthsAt, integerAt, problem, textAt, type Fields } from './fields.ts'

export const VALUE_TYPES = [
  'Standard',
  'Discount',
  'DiscountPercentage',
  'FinalDiscount',
  'PriceOverride',
] as const
export type ValueType = (typeof VALUE_TYPES)[number]

export const COMPONENT_OF: Readonly<Record<ValueType, PlanWish['component']>> = {
  Standard: 'standard',
  Discount: 'discount',
  DiscountPercentage: 'discount_percentage',
  FinalDiscount: 'final_discount',
  PriceOverride: 'price_override',
}

export function valueTypeOf(component: PlanWish['component']): ValueType {
  return VALUE_TYPES.find((type) => COMPONENT_OF[type] === component) ?? 'Standard'
}

const CYCLES_MAX = 10_000

/** -1 cycles are cycles without end. */
export function readPlan(fields: Fields): PlanWish {
  const valueType = choiceAt(fields, 'valueType', VALUE_TYPES) ?? 'Standard'
  const isPercentage = valueType === 'DiscountPercentage'
  const range = isPercentage ? { maxMajor: 100 } : {}
  const cycleCount = integerAt(fields, 'cycleCount', { min: -1, max: CYCLES_MAX }) ?? -1
  if (cycleCount === 0) problem(fields, 'cycleCount', 'must be -1, for cycles without end, or at least 1') // prettier-ignore
  return {
    name: textAt(fields, 'name', { lengthMax: 255, isRequired: true }) ?? '',
    component: COMPONENT_OF[valueType],
    valueHundredths: hundredthsAt(fields, 'value', { isRequired: true, ...range }) ?? 0n,
    cycleFirst: integerAt(fields, 'startCycleDelay', { min: 0, max: CYCLES_MAX }) ?? 0,
    cycleCount: cycleCount === -1 ? null : cycleCount,
    taxCode: textAt(fields, 'taxCode', { lengthMax: 100 }),
  }
}
