import type { CardChecks } from './card-checks.ts'

export type RiskLevel = 'low' | 'medium' | 'high' | 'unknown'

export const AVS_MATCHES = [
  'full_match',
  'partial_match',
  'no_match',
  'not_supported',
  'not_available',
  'error',
] as const
export const CVV_MATCHES = [
  'match',
  'no_match',
  'not_processed',
  'not_provided',
  'issuer_not_certified',
  'error',
] as const

export type AvsMeaning = {
  readonly matchType: (typeof AVS_MATCHES)[number]
  readonly description: string
  readonly riskLevel: RiskLevel
  /** Null: it was not compared. */
  readonly isAddressMatch: boolean | null
  readonly isPostalCodeMatch: boolean | null
}

export type CvvMeaning = {
  readonly matchType: (typeof CVV_MATCHES)[number]
  readonly description: string
  readonly riskLevel: RiskLevel
}

type Row = readonly [AvsMeaning['matchType'], boolean | null, boolean | null, string]

/** The letters of the card networks (their public acquirer manuals): match, street, postal code, in words. */
const AVS: Readonly<Record<string, Row>> = {
  Y: ['full_match', true, true, 'Street and five-digit postal code match.'],
  X: ['full_match', true, true, 'Street and nine-digit postal code match.'],
  D: ['full_match', true, true, 'Street and postal code match (outside the United States).'],
  M: ['full_match', true, true, 'Street and postal code match (outside the United States).'],
  F: ['full_match', true, true, 'Street and postal code match (United Kingdom).'],
  A: ['partial_match', true, false, 'The street matches, the postal code does not.'],
  B: ['partial_match', true, null, 'The street matches, the postal code was not compared.'],
  Z: ['partial_match', false, true, 'The five-digit postal code matches, the street does not.'],
  W: ['partial_match', false, true, 'The nine-digit postal code matches, the street does not.'],
  P: ['partial_match', null, true, 'The postal code matches, the street was not compared.'],
  N: ['no_match', false, false, 'Neither street nor postal code matches.'],
  C: ['not_available', null, null, 'Nothing was compared: the formats differ.'],
  I: ['not_available', null, null, 'Nothing was compared (outside the United States).'],
  U: ['not_available', null, null, 'The issuer has no address to compare with.'],
  G: ['not_supported', null, null, 'The issuer, outside the United States, compares none.'],
  S: ['not_supported', null, null, 'The issuer does not compare addresses.'],
  R: ['error', null, null, 'The issuer could not be reached for it; ask again.'],
  E: ['error', null, null, 'The data sent for it were not valid.'],
}

const CVV: Readonly<Record<string, readonly [CvvMeaning['matchType'], RiskLevel, string]>> = {
  M: ['match', 'low', 'The security code matches.'],
  N: ['no_match', 'high', 'The security code does not match.'],
  P: ['not_processed', 'unknown', 'The security code was not looked at.'],
  S: ['not_provided', 'medium', 'The card has a security code, and none was sent.'],
  U: ['issuer_not_certified', 'unknown', 'The issuer does not check security codes.'],
  E: ['error', 'unknown', 'The security code could not be checked.'],
}

const AVS_RISKS: Readonly<Record<AvsMeaning['matchType'], RiskLevel>> = {
  full_match: 'low',
  partial_match: 'medium',
  no_match: 'high',
  not_supported: 'unknown',
  not_available: 'unknown',
  error: 'unknown',
}

export const AVS_CODES: readonly string[] = Object.keys(AVS)
export const CVV_CODES: readonly string[] = Object.keys(CVV)

/** What a letter says of the address; no letter says nothing. */
export function explainAvs(code: string | null): AvsMeaning {
  const row = code === null ? undefined : AVS[code]
  if (row === undefined) {
    const matchType = 'not_available'
    const nothing = { isAddressMatch: null, isPostalCodeMatch: null, riskLevel: 'unknown' } as const
    return { ...nothing, matchType, description: 'Nothing was told about the address.' }
  }
  const [matchType, isAddressMatch, isPostalCodeMatch, description] = row
  const riskLevel = AVS_RISKS[matchType]
  return { matchType, description, riskLevel, isAddressMatch, isPostalCodeMatch }
}

/** What a letter says of the security code; no letter says nothing. */
export function explainCvv(code: string | null): CvvMeaning {
  const row = code === null ? undefined : CVV[code]
  if (row === undefined) {
    const description = 'Nothing was told about the security code.'
    return { matchType: 'not_processed', description, riskLevel: 'unknown' }
  }
  const [matchType, riskLevel, description] = row
  return { matchType, description, riskLevel }
}

export type CheckedCard = {
  readonly avs: AvsMeaning
  readonly cvv: CvvMeaning
  /** The worse of what is known. */
  readonly overall: RiskLevel
  /** Own choice: a wrong security code is to be declined, anything else that is doubtful to be looked at. */
  readonly recommendation: 'accept' | 'review' | 'decline'
}

export function explainCardChecks(checks: CardChecks | null): CheckedCard {
  const avs = explainAvs(checks?.avs ?? null)
  const cvv = explainCvv(checks?.cvv ?? null)
  const levels = [avs.riskLevel, cvv.riskLevel]
  const overall = (['high', 'medium', 'low'] as const).find((level) => levels.includes(level))
  const isDoubtful = overall === 'high' || overall === 'medium'
  const recommendation = cvv.matchType === 'no_match' ? 'decline' : isDoubtful ? 'review' : 'accept'
  return { avs, cvv, overall: overall ?? 'unknown', recommendation }
}
