import {
  SIMULATED_OUTCOMES,
  type HandOverRequest,
  type RecoveryClient,
  type SimulatedOutcome,
} from '../../modules/recovery/index.ts'
import { FaceRefusal } from './face-refusal.ts'
import {
  KEY_LENGTH_MAX,
  optionalFlag,
  optionalText,
  readAmount,
  readBody,
  readCurrency,
  requiredText,
  type Fields,
} from './read-fields.ts'

const TOKEN_LENGTH_MAX = 500
const FALLBACKS_MAX = 5
/** On test gateways this amount always fails (spec/revtain.md 13). */
const FAILING_AMOUNT = 44

/** The body of `execute`, field by field; the first that is wrong is named. */
export function readExecute(body: unknown, client: RecoveryClient): HandOverRequest {
  const fields = readBody(body)
  const isTest = client.environment === 'sandbox'
  const token = requiredText(fields, 'paymentMethodToken', TOKEN_LENGTH_MAX)
  const amountMinor = readAmount(fields, isTest ? FAILING_AMOUNT : null)
  const asked = isTest ? readSimulated(fields) : null
  const fails = isTest && amountMinor === BigInt(FAILING_AMOUNT) ? 'failed' : null
  return {
    token,
    amountMinor,
    currency: readCurrency(fields),
    originalDeclineCode: readDeclineCode(fields),
    idempotencyKey: readKey(fields),
    isPresent: optionalFlag(fields, 'customerPresent'),
    isTrialConversion: optionalFlag(fields, 'isTrialConversion'),
    returnUrl: readReturnUrl(fields),
    fallbackTokens: readFallbacks(fields),
    methodType: optionalText(fields, 'paymentMethodType', 60),
    country: readCountry(fields),
    bin: readBin(fields),
    customerEmail: optionalText(fields, 'customerEmail', 320)?.trim().toLowerCase() || null,
    simulate: asked ?? fails,
  }
}

/** Ours, and optional: without it nobody is asked to authenticate (spec/revtain.md 6, 15). */
function readReturnUrl(fields: Fields): string | null {
  const url = optionalText(fields, 'returnUrl', 2_000) || null
  if (url === null || (/^https?:\/\//i.test(url) && URL.canParse(url))) return url
  throw FaceRefusal.invalid('returnUrl', 'must be an address that begins with https://')
}

/** No gateway's code is as long; of a longer text that far, for any value is taken (spec/revtain.md 4.1). */
const CODE_LENGTH_MAX = 200

function readDeclineCode(fields: Fields): string | null {
  const code = optionalText(fields, 'originalDeclineCode', null)
  return code?.slice(0, CODE_LENGTH_MAX).toWellFormed() ?? null
}

function readKey(fields: Fields): string | null {
  const key = optionalText(fields, 'idempotencyKey', KEY_LENGTH_MAX)
  return key === '' ? null : key
}

function readFallbacks(fields: Fields): readonly string[] {
  const name = 'fallbackPaymentMethodTokens'
  const value = fields[name]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw FaceRefusal.invalid(name, 'must be a list of tokens')
  if (value.length > FALLBACKS_MAX)
    throw FaceRefusal.invalid(name, `must have at most ${FALLBACKS_MAX} tokens`)
  const tokens = value.map((token) => requiredText({ [name]: token }, name, TOKEN_LENGTH_MAX))
  return [...new Set(tokens)]
}

function readCountry(fields: Fields): string | null {
  const country = optionalText(fields, 'cardOrigin', 10)?.toUpperCase() || null
  if (country === null || /^[A-Z]{2}$/.test(country)) return country
  throw FaceRefusal.invalid('cardOrigin', 'must be a country of ISO 3166-1, such as US')
}

function readBin(fields: Fields): string | null {
  const bin = optionalText(fields, 'binPrefix', 20) || null
  if (bin === null || /^\d{4,8}$/.test(bin)) return bin?.slice(0, 6) ?? null
  throw FaceRefusal.invalid('binPrefix', 'must be the first 6 digits of the card')
}

function readSimulated(fields: Fields): SimulatedOutcome | null {
  const value = fields['simulateOutcome']
  if (value === undefined || value === null) return null
  const outcome = SIMULATED_OUTCOMES.find((known) => known === value)
  if (outcome === undefined)
    throw FaceRefusal.invalid('simulateOutcome', `must be ${SIMULATED_OUTCOMES.join(', ')}`)
  return outcome
}
