import {
  explainDecline,
  listAddresses,
  listAdviceCodes,
  listDeclineCodes,
  listIsoCodes,
  type Decline,
} from '@perennial/core/declines'
import Type from 'typebox'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { DeclineCodes } from './schemas.ts'

export function addDeclineCodes(app: ApiInstance): void {
  app.get(
    '/payment-attempts/declines/codes',
    {
      config: { scope: 'payments:read' },
      schema: {
        tags: ['Payment attempts'],
        summary: 'List what refusals mean, and where that is written',
        response: { 200: Type.Object({ data: DeclineCodes }) },
      },
    },
    async () => ({
      data: {
        codes: listDeclineCodes().map(toWireCode),
        network_codes: listIsoCodes().map(({ isoCode, code }) => ({
          code: isoCode,
          decline_code: code,
          ...whatHelps({ code, isoCode, adviceCode: null, message: null }),
        })),
        advice_codes: listAdviceCodes().map(({ adviceCode, meaning, sources }) => ({
          code: adviceCode,
          meaning,
          sources: [...listAddresses(sources)],
        })),
      },
    }),
  )
}

function toWireCode(code: string) {
  const { reason, meaning } = explainDecline(code)
  return { code, category: reason, meaning, ...whatHelps(code) }
}

function whatHelps(refusal: Decline | string) {
  const { retryability, declineType, sources } = explainDecline(refusal)
  return { retryability, decline_type: declineType, sources: [...listAddresses(sources)] }
}
