import { withChecks } from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'

/**
 * "AVS result codes" and "CVC result codes" of the vendor: a number and words ("7 Both postal code and address match"),
 * beside the acquirer's own letter where that is switched on, which then counts.
 */
const AVS: Readonly<Record<string, string>> = {
  '1': 'A',
  '2': 'N',
  '3': 'U',
  '4': 'S',
  '6': 'Z',
  '7': 'Y',
  '8': 'U',
  '9': 'B',
  '10': 'N',
  '11': 'U',
  '12': 'B',
  '13': 'N',
  '14': 'P',
  '15': 'P',
  '16': 'N',
  '17': 'N',
  '18': 'U',
  '19': 'Z',
  '20': 'Y',
  '21': 'A',
  '22': 'U',
  '23': 'Z',
  '24': 'Y',
  '25': 'A',
  '26': 'N',
}
const CVC: Readonly<Record<string, string>> = { '1': 'M', '2': 'N', '3': 'P', '4': 'S', '5': 'U' }

/** Of an answer to a payment, or a notification about one. */
export function checksOf(payment: unknown) {
  const read = (field: string) => readText(payment, 'additionalData', field)
  const number = (field: string) => /^\d+/.exec(read(field) ?? '')?.[0] ?? ''
  return withChecks({
    avs: read('avsResultRaw') ?? AVS[number('avsResult')] ?? null,
    cvv: read('cvcResultRaw') ?? CVC[number('cvcResult')] ?? null,
  })
}
