import { createHmac, randomBytes } from 'node:crypto'
import { passesLuhn } from '../judging/luhn.ts'
import type { World } from '../judging/world.ts'
import { bankAccounts, isIban } from '../tokens/bank-accounts.ts'
import type { BankScheme, Instrument } from '../tokens/behaviour.ts'
import { brandOf, findTestNumber, toInstrument } from '../tokens/test-numbers.ts'
import { MINTED_PREFIX } from './resolve-token.ts'
import type { MintedToken } from './state.ts'

export interface CardDetails {
  /** Digits only. Lives no longer than the call that brought it. */
  readonly number: string
  readonly expMonth: number
  readonly expYear: number
}

export type BankDetails =
  | { readonly scheme: 'ach'; readonly bankCode: string; readonly accountNumber: string }
  | { readonly scheme: 'sepa'; readonly accountNumber: string }
  | { readonly scheme: 'bacs'; readonly bankCode: string; readonly accountNumber: string }

interface Place {
  readonly gatewayId: string
  /** Keeps fingerprints from being turned back into card numbers. */
  readonly salt: string
}

export type Minting =
  | { readonly kind: 'minted'; readonly token: MintedToken }
  | { readonly kind: 'refused'; readonly code: 'number_invalid' }

/**
 * Documented test numbers act as documented; numbers in an issuer's range are its cards; all others
 * are approved.
 */
export function mintCardToken(world: World, place: Place, card: CardDetails): Minting {
  const { number } = card
  if (!/^\d{12,19}$/.test(number) || !passesLuhn(number)) {
    return { kind: 'refused', code: 'number_invalid' }
  }
  const documented = findTestNumber(number)
  if (documented !== null) {
    const instrument = toInstrument(number, documented, card)
    return minted(place, { actsAs: documented.actsAs, instrument, secret: number })
  }
  const issuer = world.file.issuers.find(({ bins }) => bins.some((bin) => number.startsWith(bin)))
  if (issuer !== undefined) {
    const face = { brand: issuer.network, funding: issuer.funding, country: issuer.country }
    const instrument = toInstrument(number, face, card)
    // Unsalted, so that a world's file alone decides how its cards end; 32 bits tell nothing of the
    // number.
    const text = createHmac('sha256', String(world.file.seed))
      .update(number)
      .digest('hex')
      .slice(0, 8)
    return minted(place, { actsAs: `issuer/${issuer.id}/${text}`, instrument, secret: number })
  }
  const face = { brand: brandOf(number), funding: 'credit', country: 'US' } as const
  const instrument = toInstrument(number, face, card)
  return minted(place, { actsAs: 'tok_visa', instrument, secret: number })
}

/** What an account does that ends in 9 (returned) or in 8 (settled, and taken back ten days later). */
const returnOf = {
  ach: { code: 'R01', late: 'R10' },
  sepa: { code: 'AM04', late: 'MD06' },
  bacs: { code: '0', late: 'DDIC' },
} as const

/** Debits from accounts that end in 9 or 8 are returned; all others settle. */
export function mintBankToken(place: Place, bank: BankDetails): Minting {
  const { scheme, accountNumber } = bank
  if (scheme === 'sepa' && !isIban(accountNumber)) {
    return { kind: 'refused', code: 'number_invalid' }
  }
  const country = scheme === 'sepa' ? accountNumber.slice(0, 2) : bankAccounts[scheme].country
  const instrument = { ...bankAccounts[scheme], last4: accountNumber.slice(-4), country }
  const secret = scheme === 'sepa' ? accountNumber : `${bank.bankCode} ${accountNumber}`
  return minted(place, { actsAs: debitNamed(scheme, accountNumber), instrument, secret })
}

function debitNamed(scheme: BankScheme, accountNumber: string): string {
  const { code, late } = returnOf[scheme]
  if (accountNumber.endsWith('9')) return `tok_${scheme}_return_${code}`
  if (accountNumber.endsWith('8')) return `tok_${scheme}_return_${late}_after_10`
  return `tok_${scheme}`
}

interface Vaulted {
  readonly actsAs: string
  readonly instrument: Instrument
  readonly secret: string
}

function minted(place: Place, vaulted: Vaulted): Minting {
  return { kind: 'minted', token: makeToken(place, vaulted) }
}

function makeToken(place: Place, { actsAs, instrument, secret }: Vaulted): MintedToken {
  const digest = createHmac('sha256', place.salt).update(secret).digest('hex')
  return {
    token: MINTED_PREFIX + randomBytes(12).toString('hex'),
    gatewayId: place.gatewayId,
    actsAs,
    instrument,
    fingerprint: `fp_${digest.slice(0, 16)}`,
  }
}
