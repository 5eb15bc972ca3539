import type { BankScheme, Instrument } from './behaviour.ts'

const account = {
  brand: null,
  bin: null,
  expMonth: null,
  expYear: null,
  funding: null,
} as const

/** The accounts of `tok_ach`, `tok_sepa` and `tok_bacs`. */
export const bankAccounts: Readonly<Record<BankScheme, Instrument>> = {
  ach: { ...account, type: 'us_bank_account', network: 'ach', last4: '6789', country: 'US' },
  sepa: { ...account, type: 'bank_account', network: 'sepa', last4: '3000', country: 'DE' },
  bacs: { ...account, type: 'bacs_direct_debit', network: 'bacs', last4: '2345', country: 'GB' },
}

/** How many business days a debit takes until it is settled or returned. */
export const settlementDays: Readonly<Record<BankScheme, number>> = { ach: 3, sepa: 5, bacs: 3 }

/** What a bank returns a debit with whose mandate was cancelled. */
export const noMandateCodes: Readonly<Record<BankScheme, string>> = {
  ach: 'R07',
  sepa: 'MD01',
  bacs: '1',
}

/**
 * ISO 13616: the first four characters moved to the end, letters as 10 to 35, divided by 97 leaves 1. `iban` without
 * spaces, in capitals.
 */
export function isIban(iban: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false
  const digits = (iban.slice(4) + iban.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  let rest = 0
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97
  return rest === 1
}
