import type { Instrument } from './behaviour.ts'

/** What a documented test number is: it acts as a named token, with a card of its own. */
export interface TestNumber {
  readonly actsAs: string
  readonly brand: string
  readonly funding: 'credit' | 'debit' | 'prepaid'
  readonly country: string
}

type Row = readonly [number: string, actsAs: string, brand: string, funding?: 'debit' | 'prepaid']

const rows: readonly Row[] = [
  ['4242424242424242', 'tok_visa', 'visa'],
  ['4111111111111111', 'tok_visa', 'visa'],
  ['4012888888881881', 'tok_visa', 'visa'],
  ['4000056655665556', 'tok_visa_debit', 'visa', 'debit'],
  ['5555555555554444', 'tok_mastercard', 'mastercard'],
  ['2223003122003222', 'tok_mastercard', 'mastercard'],
  ['5200828282828210', 'tok_mastercard', 'mastercard', 'debit'],
  ['5105105105105100', 'tok_mastercard', 'mastercard', 'prepaid'],
  ['378282246310005', 'tok_amex', 'amex'],
  ['371449635398431', 'tok_amex', 'amex'],
  ['6011111111111117', 'tok_discover', 'discover'],
  ['6011000990139424', 'tok_discover', 'discover'],
  ['3056930009020004', 'tok_visa', 'diners'],
  ['3566002020360505', 'tok_visa', 'jcb'],
  ['3530111333300000', 'tok_visa', 'jcb'],
  ['6200000000000005', 'tok_visa', 'unionpay'],
  ['4000000000000077', 'tok_visa', 'visa'],
  ['4000000000000002', 'tok_decline_generic_decline', 'visa'],
  ['4000000000000341', 'tok_decline_generic_decline', 'visa'],
  ['4000000000009995', 'tok_decline_insufficient_funds', 'visa'],
  ['4000000000009987', 'tok_decline_lost_card', 'visa'],
  ['4000000000009979', 'tok_decline_stolen_card', 'visa'],
  ['4000000000000069', 'tok_decline_expired_card', 'visa'],
  ['4000000000000127', 'tok_decline_incorrect_cvc', 'visa'],
  ['4000000000000119', 'tok_decline_processing_error', 'visa'],
  ['4000000000006975', 'tok_decline_card_velocity_exceeded', 'visa'],
  ['4100000000000019', 'tok_decline_fraudulent', 'visa'],
  ['4000002500003155', 'tok_authenticate', 'visa'],
  ['4000002760003184', 'tok_authenticate', 'visa'],
]

const testNumbers = new Map(
  rows.map(([number, actsAs, brand, funding]): [string, TestNumber] => [
    number,
    { actsAs, brand, funding: funding ?? 'credit', country: 'US' },
  ]),
)

/** `number` without spaces. Null for a number that no documentation mentions. */
export function findTestNumber(number: string): TestNumber | null {
  return testNumbers.get(number) ?? null
}

export function listTestNumbers(): string[] {
  return [...testNumbers.keys()]
}

const brandPrefixes: readonly (readonly [prefix: RegExp, brand: string])[] = [
  [/^4/, 'visa'],
  [/^(5[1-5]|2[2-7])/, 'mastercard'],
  [/^3[47]/, 'amex'],
  [/^(6011|64[4-9]|65)/, 'discover'],
  [/^35/, 'jcb'],
  [/^3[068]/, 'diners'],
  [/^62/, 'unionpay'],
]

/** By the first digits, as ISO/IEC 7812 hands them out. */
export function brandOf(number: string): string {
  return brandPrefixes.find(([prefix]) => prefix.test(number))?.[1] ?? 'unknown'
}

export function toInstrument(
  number: string,
  card: Pick<TestNumber, 'brand' | 'funding' | 'country'>,
  { expMonth, expYear }: { readonly expMonth: number; readonly expYear: number },
): Instrument {
  return {
    type: 'card',
    brand: card.brand,
    network: card.brand,
    bin: number.slice(0, 6),
    last4: number.slice(-4),
    expMonth,
    expYear,
    funding: card.funding,
    country: card.country,
  }
}
