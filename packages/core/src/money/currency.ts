import { assert } from '../fault/index.ts'

declare const currencyBrand: unique symbol

/** An upper-case ISO 4217 code that is in the table below. */
export type Currency = string & { readonly [currencyBrand]: true }

/**
 * ISO 4217 list one, as amended to January 2026, by number of decimals of the minor unit.
 * Our own table, because the digits of `Intl` are those of everyday display: wrong for 16 of these
 * in ICU 78. Codes without a minor unit (metals, XDR, XTS, XXX and the bond units) are absent:
 * nothing can be charged in them.
 */
const CODES_BY_EXPONENT: readonly (readonly [exponent: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
     COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
     INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
     STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
]

const EXPONENT_BY_CODE: ReadonlyMap<string, number> = new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, exponent]),
  ),
)

/** Any letter case; null for anything that is not a currency one can charge in. */
export function parseCurrency(text: string): Currency | null {
  if (!/^[A-Za-z]{3}$/.test(text)) return null // other letters have ASCII upper cases too: ı becomes I
  const code = text.toUpperCase()
  return EXPONENT_BY_CODE.has(code) ? (code as Currency) : null
}

/**
 * Decimals of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. A gateway may count otherwise; that
 * is the gateway's to convert.
 */
export function currencyExponent(currency: Currency): number {
  const exponent = EXPONENT_BY_CODE.get(currency)
  assert(exponent !== undefined, `${currency} is a known currency`)
  return exponent
}

export function listCurrencies(): Currency[] {
  return [...EXPONENT_BY_CODE.keys()].toSorted() as Currency[]
}
