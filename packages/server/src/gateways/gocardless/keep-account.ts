import { randomUUID } from 'node:crypto'
import type {
  CardDetails,
  GatewayMethodType,
  MandateStanding,
  RawBankAccount,
  Tokenization,
  TokenizeRequest,
} from '@perennial/core/payments'
import { sha256Hex } from '../../platform/crypto/index.ts'
import { readText } from '../../platform/foreign/index.ts'
import { type HttpAnswer } from '../http/index.ts'
import {
  conflictingId,
  isRefused,
  objectOf,
  readProblem,
  type GoCardlessApi,
} from './gocardless-api.ts'

const SCHEME_OF = { ach: 'ach', sepa: 'sepa_core', bacs: 'bacs' } as const

const TYPE_OF: Readonly<Record<string, GatewayMethodType>> = {
  ach: 'us_bank_account',
  sepa_core: 'bank_account',
  bacs: 'bacs_direct_debit',
}

/** What the vendor says of a mandate; what is not named here can still come to be in force. */
const STANDING_OF: Readonly<Record<string, MandateStanding>> = {
  active: 'in_force',
  failed: 'ended',
  cancelled: 'ended',
  expired: 'ended',
  consumed: 'ended',
  blocked: 'ended',
}

/**
 * A customer, an account and a mandate: the mandate is the token. The payer has agreed to it with the merchant. The same
 * account under the same key is the same mandate; another account under it is another one.
 */
export async function keepAccount(
  api: GoCardlessApi,
  { instrument, idempotencyKey: key = randomUUID() }: TokenizeRequest,
): Promise<Tokenization> {
  if (instrument.kind !== 'bank')
    return { kind: 'refused', code: 'not_able', message: 'Only bank accounts are kept here.' }
  const { bank } = instrument
  const customer = await make(api, key, { customers: nameOf(bank.holderName) })
  if ('refusal' in customer) return customer.refusal
  const account = await make(api, key, {
    customer_bank_accounts: { ...accountOf(bank), links: { customer: customer.id } },
  })
  if ('refusal' in account) return account.refusal
  const mandate = await make(api, key, {
    mandates: { scheme: SCHEME_OF[bank.scheme], links: { customer_bank_account: account.id } },
  })
  if ('refusal' in mandate) return mandate.refusal
  const details = await describeMandate(api, mandate.id)
  if (details === null) throw new Error('the gateway does not know the mandate that it made')
  return { kind: 'tokenized', token: mandate.id, details }
}

type Made = { readonly id: string } | { readonly refusal: Tokenization }

async function make(
  api: GoCardlessApi,
  key: string,
  body: Readonly<Record<string, object>>,
): Promise<Made> {
  const [name = ''] = Object.keys(body)
  // The vendor names what a key made before whatever is asked for now, so that the key is of the body too.
  const bodyHash = sha256Hex(`${key} ${JSON.stringify(body)}`)
  const answer = await api.post(`/${name}`, body, `${bodyHash}:${name}`)
  const id = readText(objectOf(answer, name), 'id') ?? conflictingId(answer)
  if (id !== null) return { id }
  if (!isRefused(answer)) throw new Error(`the gateway answered ${answer.status}`)
  const { message } = readProblem(answer)
  return { refusal: { kind: 'refused', code: 'invalid_account', message } }
}

/** Whoever has one name only is a company. */
function nameOf(holderName: string) {
  const [, given, family] = /^(.+)\s+(\S+)$/.exec(holderName.trim()) ?? []
  return given === undefined
    ? { company_name: holderName.trim() }
    : { given_name: given, family_name: family }
}

function accountOf(bank: RawBankAccount) {
  const { holderName, accountNumber, bankCode, accountType } = bank
  const holder = { account_holder_name: holderName }
  switch (bank.scheme) {
    case 'sepa':
      return { ...holder, iban: accountNumber }
    case 'bacs':
      return {
        ...holder,
        country_code: 'GB',
        account_number: accountNumber,
        branch_code: bankCode,
      }
    case 'ach':
      return {
        ...holder,
        country_code: 'US',
        account_number: accountNumber,
        bank_code: bankCode,
        account_type: accountType ?? 'checking',
      }
  }
}

/** Debits under it that the banks have not got yet are called off with it. */
export async function endMandate(api: GoCardlessApi, token: string): Promise<void> {
  const path = `/mandates/${encodeURIComponent(token)}/actions/cancel`
  const answer = await api.post(path, {}, `${token}:cancel`)
  // What is refused has ended before.
  if (objectOf(answer, 'mandates') !== null || isRefused(answer)) return
  if (conflictingId(answer) === null) throw new Error(`the gateway answered ${answer.status}`)
}

/** Null for an unknown mandate, or one of a scheme that is not taken here. Throws for an answer that is none. */
export async function describeMandate(
  api: GoCardlessApi,
  token: string,
): Promise<CardDetails | null> {
  const mandate = await find(api, `/mandates/${encodeURIComponent(token)}`, 'mandates')
  if (mandate === null) return null
  const type = TYPE_OF[readText(mandate, 'scheme') ?? '']
  if (type === undefined) return null
  const id = readText(mandate, 'links', 'customer_bank_account') ?? ''
  const path = `/customer_bank_accounts/${encodeURIComponent(id)}`
  const account = await find(api, path, 'customer_bank_accounts')
  return {
    type,
    brand: readText(account, 'bank_name'),
    last4: readText(account, 'account_number_ending'),
    expMonth: null,
    expYear: null,
    funding: readText(account, 'account_type'),
    country: readText(account, 'country_code'),
    fingerprint: null,
    mandate: STANDING_OF[readText(mandate, 'status') ?? ''] ?? 'awaited',
  }
}

async function find(api: GoCardlessApi, path: string, name: string) {
  const answer: HttpAnswer = await api.get(path)
  if (answer.status === 404) return null
  const found = objectOf(answer, name)
  if (found === null) throw new Error(`the gateway answered ${answer.status}`)
  return found
}
