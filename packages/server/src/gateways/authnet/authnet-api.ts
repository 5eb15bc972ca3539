import type { VendorSettings } from '@perennial/core/payments'
import {
  parseJson,
  readList,
  readRecord,
  readText,
  type JsonRecord,
} from '../../platform/foreign/index.ts'
import { openHttpLine } from '../http/index.ts'

/** What the merchant copied from the Merchant Interface. */
export type AuthnetCredentials = {
  readonly apiLoginId: string
  readonly transactionKey: string
  readonly signatureKey: string | null
}

/** An answer that makes sense: it says Ok or Error, and why. */
export type AuthnetAnswer = {
  readonly isOk: boolean
  /** I00001 and its like, or E00027. */
  readonly code: string
  readonly message: string | null
  readonly body: JsonRecord
}

export type AuthnetApi = {
  readonly callMsMax: number
  /** Throws when there is no answer, or none that makes sense. */
  ask(request: string, fields: JsonRecord): Promise<AuthnetAnswer>
  close(): Promise<void>
}

export function readCredentials({ credentials }: VendorSettings): AuthnetCredentials {
  return {
    apiLoginId: credentials['api_login_id'] ?? '',
    transactionKey: credentials['transaction_key'] ?? '',
    signatureKey: credentials['signature_key'] ?? null,
  }
}

const LIVE_URL = 'https://api2.authorize.net'
const SANDBOX_URL = 'https://apitest.authorize.net'
const PATH = '/xml/v1/request.api'

/** One address for all requests; fields have to stand in the order of the XML schema, in JSON too. */
export function openAuthnetApi(settings: VendorSettings): AuthnetApi {
  const { apiLoginId, transactionKey } = readCredentials(settings)
  const url = settings.baseUrl ?? (settings.environment === 'live' ? LIVE_URL : SANDBOX_URL)
  const line = openHttpLine({ ...settings, url })
  const merchantAuthentication = { name: apiLoginId, transactionKey }
  return {
    callMsMax: line.callMsMax,
    ask: async (request, fields) => {
      const { status, text } = await line.call({
        method: 'POST',
        path: PATH,
        headers: { 'content-type': 'application/json' },
        body: { [request]: { merchantAuthentication, ...fields } },
      })
      // Answers begin with a byte order mark.
      const parsed = parseJson(text.replace(/^\uFEFF/, ''))
      const answer = status === 200 ? toAnswer(parsed) : null
      if (answer === null) throw new Error(`the gateway answered ${status}`)
      return answer
    },
    close: () => line.close(),
  }
}

function toAnswer(parsed: unknown): AuthnetAnswer | null {
  const body = readRecord(parsed)
  const result = readText(body, 'messages', 'resultCode')
  const [first] = readList(body, 'messages', 'message') ?? []
  const code = readText(first, 'code')
  if (body === null || code === null || (result !== 'Ok' && result !== 'Error')) return null
  return { isOk: result === 'Ok', code, message: readText(first, 'text'), body }
}

/** "The record cannot be found." */
export const NO_RECORD = 'E00040'
