import type { JsonObject } from '../../../platform/wire/index.ts'
import { choiceAt, objectAt, problem, textAt, type Fields } from './fields.ts'
import { REFERENCE } from './read-method.ts'

const PROCESSING_TYPES = ['InitialRecurring', 'Recurring', 'InitialInstallment', 'Installment'] as const // prettier-ignore
const CHANNELS = ['Ecommerce', 'Moto'] as const

/** What nobody here could do as it is asked for; taken in silence, a payment would be another than the merchant believes. */
const REFUSED = {
  threeDS: 'cannot be used: no processor here is handed the result of an authentication',
  dynamicDescriptor:
    'cannot be used: what statements say is set with the gateway that charges, see /v2/gateways',
} as const

export type WantedProcessing = {
  /** The first payment that the networks know the method by. */
  readonly originalNetworkTransactionId: string | null
  /** Kept with the invoice, in our words. */
  readonly kept: JsonObject
}

/** How a payment is to be processed, beside who pays what. */
export function readProcessing(fields: Fields): WantedProcessing {
  for (const [name, text] of Object.entries(REFUSED))
    if (fields.get(name) !== null) problem(fields, name, text)
  const network = objectAt(fields, 'networkProcessing')
  const type = network === null ? null : choiceAt(network, 'processingType', PROCESSING_TYPES)
  // Whoever needs the invoice says what is wrong with it.
  const invoice = objectAt({ ...fields, problems: [] }, 'invoice') === null ? fields : (objectAt(fields, 'invoice') ?? fields) // prettier-ignore
  const kept = [
    ['processing_type', type],
    ['order_processing_channel', choiceAt(invoice, 'orderProcessingChannel', CHANNELS)],
    ['level3', opaqueAt(fields, 'level3') ?? opaqueAt(invoice, 'level3')],
  ].filter(([, value]) => value !== null)
  return {
    originalNetworkTransactionId:
      network === null ? null : textAt(network, 'originalNetworkTransactionId', REFERENCE),
    kept: Object.fromEntries(kept) as JsonObject,
  }
}

const OPAQUE_MAX = 20_000

/** An object that is kept as it is given. */
export function opaqueAt(fields: Fields, name: string): JsonObject | null {
  const value = fields.get(name)
  if (value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) return problem(fields, name, 'must be an object') // prettier-ignore
  const text = JSON.stringify(value)
  if (text.length > OPAQUE_MAX) return problem(fields, name, `must have at most ${OPAQUE_MAX} characters`) // prettier-ignore
  if (text.includes('\\u0000') || !text.isWellFormed())
    return problem(fields, name, 'holds a character that cannot be stored')
  return value as JsonObject
}
