import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatementText } from '@perennial/core/payments'
import { shopperStatement } from './adyen/statement.ts'
import { descriptorOf } from './braintree/statement.ts'
import { billingDescriptor } from './checkout/statement.ts'
import { statementParams } from './stripe/statement.ts'

const said = (
  descriptor: string | null,
  suffix: string | null = null,
  city: string | null = null,
): StatementText => ({ descriptor, suffix, city })

/** What is said, and what each gateway is sent: in its own field, by its own rules of length and letters. */
const SENT: readonly (readonly [what: string, sent: object, expected: object])[] = [
  ['stripe takes a suffix for cards', statementParams('card', said('ACME', 'TEAM PLAN')), { statement_descriptor_suffix: 'TEAM PLAN' }],
  ['stripe takes no quotes or brackets', statementParams('card', said(`A"C<M>E'S`)), { statement_descriptor_suffix: 'ACMES' }],
  ['stripe takes the whole text for debits', statementParams('us_bank_account', said('ACME LTD')), { statement_descriptor: 'ACME LTD' }],
  ['stripe takes no debit text under five letters', statementParams('us_bank_account', said('ACM')), {}],
  ['stripe is sent nothing that says nothing', statementParams('card', said('1234')), {}],
  ['adyen takes 22 letters in one line', shopperStatement(said('ACME & SONS', 'ANNUAL PLAN 2027')), { shopperStatement: 'ACME SONS ANNUAL PLAN' }],
  ['checkout wants the city too', billingDescriptor(said('ACME', null, 'Berlin')), { billing_descriptor: { name: 'ACME', city: 'Berlin' } }],
  ['checkout is sent nothing without a city', billingDescriptor(said('ACME')), {}],
  ['braintree takes a company of 3, 7 or 12 letters and a product', descriptorOf(said('ACME', 'TEAM')), { descriptor: { name: 'ACME   *TEAM' } }],
  ['braintree takes what has its form as it is', descriptorOf(said('ACM*TEAM PLAN')), { descriptor: { name: 'ACM*TEAM PLAN' } }],
  ['braintree is told a long name in two parts', descriptorOf(said('PERENNIAL SOFTWARE')), { descriptor: { name: 'PERENNIAL SO*FTWARE' } }],
  ['nothing said, nothing sent', { ...descriptorOf(said(null)), ...shopperStatement(said(null)), ...statementParams('card', said(null)) }, {}],
] // prettier-ignore

for (const [what, sent, expected] of SENT) {
  test(what, () => assert.deepEqual(sent, expected))
}
