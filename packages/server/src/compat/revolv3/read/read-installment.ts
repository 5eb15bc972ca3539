import { installmentCount, INSTALLMENTS_MAX, type InstallmentRule } from '@perennial/core/billing'
import type { Frequency, PlainDate } from '@perennial/core/time'
import {
  choiceAt,
  hundredthsAt,
  objectAt,
  objectsAt,
  problem,
  refuseBeside,
  textAt,
  type Fields,
} from './fields.ts'
import { readAddress, type FaceAddress } from './read-address.ts'
import { dateAt } from './read-date.ts'
import { requiredFrequencyAt } from './read-frequency.ts'
import { readPlacedMethod, readVaulted, REFERENCE, type PlacedMethod } from './read-method.ts'
import { VALUE_TYPES } from './read-plan.ts'
import { trialAt } from './read-subscription.ts'

const INSTALLMENT_TYPES = ['Amount', 'Count'] as const

export type WantedInstallment = {
  readonly reference: string | null
  readonly frequency: Frequency | null
  readonly startOn: PlainDate | null
  readonly trial: Frequency | null
  readonly taxAddress: FaceAddress | null
  readonly items: readonly { readonly name: string; readonly amountMinor: bigint }[]
  readonly downPaymentMinor: bigint
  readonly rule: InstallmentRule
  readonly method: PlacedMethod | null
}

export function readInstallment(fields: Fields): WantedInstallment {
  const items = objectsAt(fields, 'installmentItems').map(readItem)
  if (items.length === 0) problem(fields, 'installmentItems', 'must have at least one item')
  const taxAddress = objectAt(fields, 'taxAddress')
  const frequency = requiredFrequencyAt(fields)
  const downPaymentMinor = hundredthsAt(fields, 'downPayment') ?? 0n
  const total = items.reduce((sum, item) => sum + item.amountMinor, 0n)
  if (items.length > 0 && fields.problems.length === 0 && total <= 0n)
    problem(fields, 'installmentItems', 'must come to more than 0')
  if (items.length > 0 && downPaymentMinor > total)
    problem(fields, 'downPayment', 'must not be more than the items come to')
  const rule = ruleAt(fields)
  if (rule !== null && installmentCount(total, { downPaymentMinor, rule }) > INSTALLMENTS_MAX)
    problem(fields, 'installmentValue', `makes more than ${INSTALLMENTS_MAX} installments`)
  return {
    reference: textAt(fields, 'merchantInstallmentRefId', REFERENCE),
    frequency,
    startOn: dateAt(fields, 'startDate'),
    trial: trialAt(fields),
    taxAddress: taxAddress === null ? null : readAddress(taxAddress),
    items,
    downPaymentMinor,
    rule: rule ?? { kind: 'count', count: 1 },
    method: readOneMethod(fields),
  }
}

function ruleAt(fields: Fields): InstallmentRule | null {
  const type = choiceAt(fields, 'installmentType', INSTALLMENT_TYPES) ?? 'Amount'
  const hundredths = hundredthsAt(fields, 'installmentValue', { isRequired: true })
  if (hundredths === null) return null
  if (hundredths === 0n) return problem(fields, 'installmentValue', 'must be more than 0')
  if (type === 'Amount') return { kind: 'amount', amountMinor: hundredths }
  if (hundredths % 100n !== 0n) return problem(fields, 'installmentValue', 'must be a whole number')
  return { kind: 'count', count: Number(hundredths / 100n) }
}

function readItem(fields: Fields) {
  const type = choiceAt(fields, 'valueType', VALUE_TYPES.slice(0, 2)) ?? 'Standard'
  const value = hundredthsAt(fields, 'value', { isRequired: true }) ?? 0n
  const name = textAt(fields, 'name', { lengthMax: 255, isRequired: true }) ?? ''
  return { name, amountMinor: type === 'Discount' ? -value : value }
}

function readOneMethod(fields: Fields): PlacedMethod | null {
  const fresh = objectAt(fields, 'paymentMethod')
  if (fresh !== null) {
    refuseBeside(fields, ['paymentMethod', 'paymentMethodId', 'paymentMethodAuthorizationId'])
    return { ...readPlacedMethod(fresh), priority: 0 }
  }
  if (fields.get('paymentMethodId') === null && fields.get('paymentMethodAuthorizationId') === null)
    return problem(fields, 'paymentMethod', 'or paymentMethodId is required')
  const method = readVaulted(fields)
  return { priority: 0, taxMinor: 0n, originalNetworkTransactionId: null, method }
}
