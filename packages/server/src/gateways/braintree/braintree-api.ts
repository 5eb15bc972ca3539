import type { VendorSettings } from '@perennial/core/payments'
import {
  readList,
  readRecord,
  readText,
  type JsonRecord,
  readXml,
} from '../../platform/foreign/index.ts'
import { openHttpLine } from '../http/index.ts'

/** What the merchant copied from the Control Panel. */
export type BraintreeCredentials = {
  readonly merchantId: string
  readonly publicKey: string
  readonly privateKey: string
  /** Merchant accounts by currency, as the merchant wants them. */
  readonly merchantAccounts: ReadonlyMap<string, string>
}

/** `root` is null when the answer is no XML that makes sense. */
export type BraintreeAnswer = { readonly status: number; readonly root: JsonRecord | null }

export type BraintreeApi = {
  readonly callMsMax: number
  get(path: string): Promise<BraintreeAnswer>
  post(path: string, body: unknown): Promise<BraintreeAnswer>
  put(path: string, body?: unknown): Promise<BraintreeAnswer>
  delete(path: string): Promise<BraintreeAnswer>
  upload(file: {
    readonly name: string
    readonly type: string
    readonly body: Uint8Array
  }): Promise<BraintreeAnswer>
  close(): Promise<void>
}

export function readCredentials({ credentials }: VendorSettings): BraintreeCredentials {
  const pairs = (credentials['merchant_accounts'] ?? '').split(',').map((pair) => pair.split('='))
  const accounts = pairs.flatMap(([currency = '', account = '']) => {
    const pair = [currency.trim().toUpperCase(), account.trim()] as const
    return pair[0] === '' || pair[1] === '' ? [] : [pair]
  })
  return {
    merchantId: credentials['merchant_id'] ?? '',
    publicKey: credentials['public_key'] ?? '',
    privateKey: credentials['private_key'] ?? '',
    merchantAccounts: new Map(accounts),
  }
}

const LIVE_URL = 'https://api.braintreegateway.com'
const SANDBOX_URL = 'https://api.sandbox.braintreegateway.com'
/** Of the gateway's own clients; it decides what answers look like. */
const API_VERSION = '6'

/** The gateway API that the official clients speak: JSON goes in, XML comes back. */
export function openBraintreeApi(settings: VendorSettings): BraintreeApi {
  const { merchantId, publicKey, privateKey } = readCredentials(settings)
  const url = settings.baseUrl ?? (settings.environment === 'live' ? LIVE_URL : SANDBOX_URL)
  const line = openHttpLine({ ...settings, url })
  const root = `/merchants/${encodeURIComponent(merchantId)}`
  const basic = Buffer.from(`${publicKey}:${privateKey}`).toString('base64')
  const headers = {
    accept: 'application/xml',
    authorization: `Basic ${basic}`,
    'x-apiversion': API_VERSION,
  }
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    content?: { readonly type: string; readonly body: unknown },
  ): Promise<BraintreeAnswer> => {
    const type = content === undefined ? {} : { 'content-type': content.type }
    const request = { method, path: `${root}${path}`, headers: { ...headers, ...type } }
    const answer = await line.call({ ...request, body: content?.body })
    return { status: answer.status, root: readXml(answer.text) }
  }
  const json = (body: unknown) => ({ type: 'application/json', body })
  return {
    callMsMax: line.callMsMax,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, json(body)),
    put: (path, body) => call('PUT', path, body === undefined ? undefined : json(body)),
    delete: (path) => call('DELETE', path),
    upload: (file) => call('POST', '/document_uploads', formOf(file)),
    close: () => line.close(),
  }
}

const BOUNDARY = 'perennial-evidence-3c5a92e07f1d'

function formOf(file: { readonly name: string; readonly type: string; readonly body: Uint8Array }) {
  const name = file.name.replaceAll(/[^\w.-]/g, '_')
  const body = Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="document_upload[kind]"\r\n\r\nevidence_document\r\n` +
        `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n` +
        `content-type: ${file.type}\r\n\r\n`,
    ),
    file.body,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])
  return { type: `multipart/form-data; boundary=${BOUNDARY}`, body }
}

/** A request that was understood and refused, with the vendor's codes for why. */
export type BraintreeRefusal = {
  readonly message: string | null
  readonly codes: readonly string[]
  /** Of a charge that was refused by whoever is behind the gateway. */
  readonly transaction: JsonRecord | null
}

/** Null where the answer is no refusal. */
export function refusalOf({ status, root }: BraintreeAnswer): BraintreeRefusal | null {
  const refusal = status === 422 ? readRecord(root, 'api_error_response') : null
  if (refusal === null) return null
  return {
    message: readText(refusal, 'message'),
    codes: codesIn(refusal['errors']),
    transaction: readRecord(refusal, 'transaction'),
  }
}

/** Errors stand in groups, one for each part of the request. */
function codesIn(errors: unknown): string[] {
  if (typeof errors !== 'object' || errors === null) return []
  const own = (readList(errors, 'errors') ?? []).flatMap((error) => readText(error, 'code') ?? [])
  const inner = Object.entries(errors).flatMap(([name, group]) =>
    name === 'errors' ? [] : codesIn(group),
  )
  return [...own, ...inner]
}

/** Children of one name: XML tells one alone apart from a list by nothing. */
export function readAll(record: unknown, name: string): readonly unknown[] {
  const found: unknown =
    typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined
  if (found === undefined || found === null) return []
  return Array.isArray(found) ? found : [found]
}
