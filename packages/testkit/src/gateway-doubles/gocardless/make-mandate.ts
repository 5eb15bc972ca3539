import type { DoubleAnswer } from '../json-server.ts'
import { CURRENCY_OF, newId, type LedgerBook, type Mandate, type Scheme } from './ledger-book.ts'
import { invalidField, wrongState } from './problems.ts'
import type { Made } from './take-payment.ts'
import { bankAccountBody, mandateBody } from './wire.ts'

type CustomerRequest = {
  readonly given_name?: string
  readonly family_name?: string
  readonly company_name?: string
}

export function makeCustomer(book: LedgerBook, json: unknown): Made {
  const { customers = {} } = (json ?? {}) as { readonly customers?: CustomerRequest }
  const { given_name: given, family_name: family, company_name: company } = customers
  const name = company ?? (given !== undefined && family !== undefined ? `${given} ${family}` : '')
  if (name === '') return { answer: invalidField('given_name', 'is required') }
  const id = newId('CU')
  book.customers.set(id, { id, name })
  return { answer: { status: 201, body: { customers: { id, ...customers } } }, id }
}

type BankAccountRequest = {
  readonly account_holder_name?: string
  readonly account_number?: string
  readonly account_type?: string
  readonly bank_code?: string
  readonly branch_code?: string
  readonly country_code?: string
  readonly iban?: string
  readonly links?: { readonly customer?: string }
}

const CURRENCY_OF_COUNTRY: Readonly<Record<string, string>> = { US: 'USD', GB: 'GBP' }

/** Local details for the United States and the United Kingdom, an IBAN for all others. */
export function makeBankAccount(book: LedgerBook, json: unknown): Made {
  const { customer_bank_accounts: account = {} } = (json ?? {}) as {
    readonly customer_bank_accounts?: BankAccountRequest
  }
  const customer = book.customers.get(account.links?.customer ?? '')
  if (customer === undefined) return { answer: invalidField('customer', 'not found') }
  const number = account.iban ?? account.account_number ?? ''
  if (!/^[A-Z0-9]{6,34}$/.test(number))
    return { answer: invalidField('account_number', 'is invalid') }
  const country = account.iban?.slice(0, 2) ?? account.country_code ?? ''
  if (country === 'US' && (account.bank_code === undefined || account.account_type === undefined))
    return { answer: invalidField('bank_code', 'is required') }
  if (country === 'GB' && account.iban === undefined && account.branch_code === undefined)
    return { answer: invalidField('branch_code', 'is required') }
  const made = {
    id: newId('BA'),
    customer: customer.id,
    holder: account.account_holder_name ?? customer.name,
    ending: number.slice(-2),
    country,
    currency: CURRENCY_OF_COUNTRY[country] ?? 'EUR',
  }
  book.bankAccounts.set(made.id, made)
  const answer = { status: 201, body: { customer_bank_accounts: bankAccountBody(made) } }
  return { answer, id: made.id }
}

type MandateRequest = {
  readonly scheme?: string
  readonly links?: { readonly customer_bank_account?: string }
}

const isScheme = (scheme: string): scheme is Scheme => scheme in CURRENCY_OF

export function makeMandate(book: LedgerBook, json: unknown): Made {
  const { mandates = {} } = (json ?? {}) as { readonly mandates?: MandateRequest }
  const bankAccount = book.bankAccounts.get(mandates.links?.customer_bank_account ?? '')
  if (bankAccount === undefined)
    return { answer: invalidField('customer_bank_account', 'not found') }
  const { scheme = '' } = mandates
  if (!isScheme(scheme) || CURRENCY_OF[scheme] !== bankAccount.currency)
    return { answer: invalidField('scheme', 'is not valid for this bank account') }
  const id = newId('MD')
  const begun = { status: 'pending_submission', fault: null, takesReferences: true } as const
  const mandate: Mandate = { id, scheme, bankAccount, ...begun }
  book.mandates.set(id, mandate)
  return { answer: { status: 201, body: { mandates: mandateBody(mandate) } }, id }
}

export function endMandate(mandate: Mandate): DoubleAnswer {
  if (['cancelled', 'failed', 'expired'].includes(mandate.status))
    return wrongState('cancellation_failed', 'This mandate cannot be cancelled')
  mandate.status = 'cancelled'
  return { status: 200, body: { mandates: mandateBody(mandate) } }
}
