import {
  AVS_CODES,
  CVV_CODES,
  explainAvs,
  explainCardChecks,
  explainCvv,
  type CardChecks,
} from '@perennial/core/payments'
import Type from 'typebox'
import { ApiRefusal, type ApiInstance } from '../../../platform/http/index.ts'
import { findAttemptView } from '../queries/attempt-views.ts'
import { AttemptParams, SecurityCodes, SecurityItem } from './schemas.ts'

const tags = ['Payment attempts']
const config = { scope: 'payments:read' } as const

export function addSecurityRoutes(app: ApiInstance): void {
  app.get(
    '/payment-attempts/security/codes',
    {
      config,
      schema: {
        tags,
        summary: 'List what the letters of address and security-code checks mean',
        response: { 200: Type.Object({ data: SecurityCodes }) },
      },
    },
    async () => ({
      data: { avs: AVS_CODES.map(toWireAvs), cvv: CVV_CODES.map(toWireCvv) },
    }),
  )

  app.get(
    '/payment-attempts/:id/security',
    {
      config,
      schema: {
        tags,
        summary: 'Show what the issuer said of address and security code',
        params: AttemptParams,
        response: { 200: Type.Object({ data: SecurityItem }) },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const view = await context.inTx((tx) => findAttemptView(tx, { accountId, id }))
      if (view === null) throw ApiRefusal.notFound('payment attempt')
      return { data: toWireSecurity(view.attempt.cardChecks) }
    },
  )
}

function toWireSecurity(checks: CardChecks | null) {
  const { overall, recommendation } = explainCardChecks(checks)
  return {
    avs: toWireAvs(checks?.avs ?? null),
    cvv: toWireCvv(checks?.cvv ?? null),
    overall_risk_level: overall,
    recommendation,
  }
}

function toWireAvs(code: string | null) {
  const { matchType, description, riskLevel, isAddressMatch, isPostalCodeMatch } = explainAvs(code)
  return {
    code,
    match_type: matchType,
    description,
    risk_level: riskLevel,
    address_match: isAddressMatch,
    zip_match: isPostalCodeMatch,
  }
}

function toWireCvv(code: string | null) {
  const { matchType, description, riskLevel } = explainCvv(code)
  return { code, match_type: matchType, description, risk_level: riskLevel }
}
