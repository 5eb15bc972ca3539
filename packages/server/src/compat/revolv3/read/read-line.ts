import type { JsonObject } from '../../../platform/wire/index.ts'
import { INVOICE_KEYS } from '../queries/invoices.ts'
import { choiceAt, hundredthsAt, textAt, type Fields } from './fields.ts'
import { VALUE_TYPES } from './read-plan.ts'
import { opaqueAt } from './read-processing.ts'

const LINE_TYPES = VALUE_TYPES.slice(0, 2)

/** A line of a bill: our description is its name here; `said` is kept beside it. */
export function readLine(fields: Fields) {
  const type = choiceAt(fields, 'valueType', LINE_TYPES) ?? 'Standard'
  const value = hundredthsAt(fields, 'value', { isRequired: true }) ?? 0n
  const name = textAt(fields, 'name', { lengthMax: 255, isRequired: true }) ?? ''
  const said = [
    ['description', textAt(fields, 'description', { lengthMax: 1000 })],
    ['level3', opaqueAt(fields, 'level3')],
  ].filter(([, each]) => each !== null)
  return {
    description: name,
    amountMinor: type === 'Discount' ? -value : value,
    said: Object.fromEntries(said) as JsonObject,
  }
}

/** What an invoice keeps of its lines, in their order. */
export function keptOfLines(
  lines: readonly Pick<ReturnType<typeof readLine>, 'said'>[],
): JsonObject {
  const isSaid = lines.some(({ said }) => Object.keys(said).length > 0)
  return isSaid ? { [INVOICE_KEYS.lines]: lines.map(({ said }) => said) } : {}
}
