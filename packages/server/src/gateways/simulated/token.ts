import type {
  CardDetails,
  GatewayMethodType,
  RawBankAccount,
  Tokenization,
  TokenizeRequest,
  TokenQuestion,
} from '@perennial/core/payments'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { nonsense, refusalOf, type WorldLine } from './world-line.ts'

/** Details go to the world in the body of this one call and are kept nowhere. */
export async function tokenize(line: WorldLine, request: TokenizeRequest): Promise<Tokenization> {
  const body = bodyOf(request.instrument)
  const answer = await line.call({ method: 'POST', path: '/tokens', key: request, body })
  const refusal = refusalOf(answer)
  if (refusal !== null) return { kind: 'refused', ...refusal }
  const token = answer.status === 200 ? readText(answer.body, 'token') : null
  const details = toDetails(answer.body)
  if (token === null || details === null) throw new Error(nonsense(answer))
  return { kind: 'tokenized', token, details }
}

export async function describeToken(
  line: WorldLine,
  { token, paymentMethodId, ...key }: TokenQuestion,
): Promise<CardDetails | null> {
  const query = new URLSearchParams({ instrument: paymentMethodId })
  const path = `/tokens/${encodeURIComponent(token)}?${query.toString()}`
  const answer = await line.call({ method: 'GET', path, key })
  if (UNKNOWN_TOKEN.includes(refusalOf(answer)?.code ?? '')) return null
  const details = answer.status === 200 ? toDetails(answer.body) : null
  if (details === null) throw new Error(nonsense(answer))
  return details
}

const UNKNOWN_TOKEN: readonly string[] = ['token_not_found', 'token_malformed']

function bodyOf(instrument: TokenizeRequest['instrument']): object {
  if (instrument.kind === 'bank') return bankBody(instrument.bank)
  const { number, expMonth, expYear, securityCode } = instrument.card
  const cvc = securityCode === null ? {} : { cvc: securityCode }
  return { number, exp_month: expMonth, exp_year: expYear, ...cvc }
}

function bankBody({ scheme, bankCode, accountNumber }: RawBankAccount): object {
  if (scheme === 'sepa') return { iban: accountNumber }
  const code = scheme === 'ach' ? { routing_number: bankCode } : { sort_code: bankCode }
  return { ...code, account_number: accountNumber }
}

const METHOD_TYPES: readonly GatewayMethodType[] = [
  'card',
  'us_bank_account',
  'bank_account',
  'bacs_direct_debit',
]

/** Null for what is no card and no account. */
export function toDetails(token: unknown): CardDetails | null {
  const type = METHOD_TYPES.find((one) => one === readText(token, 'type'))
  if (type === undefined) return null
  return {
    type,
    brand: readText(token, 'brand'),
    last4: readText(token, 'last4'),
    expMonth: readNumber(token, 'exp_month'),
    expYear: readNumber(token, 'exp_year'),
    funding: readText(token, 'funding'),
    country: readText(token, 'country'),
    fingerprint: readText(token, 'fingerprint'),
    bin: readText(token, 'bin'),
  }
}
