import { UTC, type TimeZone } from '@perennial/core/time'
import type { BrandSettings } from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { MAIL_KINDS, SHARED_VARIABLES, type MailName } from './mail-catalogue.ts'
import { textOf, toAmount, toDay } from './format-values.ts'
import type { Values } from './mail-engine.ts'
import { toReceiptValues } from './receipt-values.ts'

/** Whose mail it is, and where its links lead. */
export type MailContext = {
  /** The account's name, for a brand without one of its own. */
  readonly name: string
  readonly brand: BrandSettings
  readonly timezone: TimeZone
  readonly cardUrl: (token: string) => string
}

const COLOR = '#1f2937'

/** What the templates of a mail print: amounts in the currency's form, dates of the account's calendar, all as text. */
export function toValues(
  mail: { readonly name: MailName; readonly data: JsonObject },
  context: MailContext,
  language: string,
): Values {
  const { data } = mail
  const { brand } = context
  const day = (field: string): string => toDay(data[field], context.timezone, language)
  const color = brand.color ?? COLOR
  const [from, to] = [day('period_start'), day('period_end')]
  const brandName = nameOfBrand(textOf(data['card_brand']))
  const last4 = textOf(data['card_last4'])
  const token = textOf(data['card_link_token'])
  const all: Values = {
    merchant: brand.displayName ?? context.name,
    customer_name: textOf(data['customer_name']),
    support_email: brand.supportEmail ?? '',
    support_phone: brand.supportPhone ?? '',
    website_url: brand.websiteUrl ?? '',
    color,
    accent_color: brand.accentColor ?? color,
    button_text_color: isDark(color) ? '#ffffff' : '#1b1f24',
    logo_url: brand.logoUrl ?? '',
    language,
    invoice_number: textOf(data['invoice_number']),
    amount: toAmount(data['amount_minor'] ?? data['amount_due_minor'], data, language),
    due_on: day('due_date'),
    period: from === '' || to === '' ? '' : `${from} – ${to}`,
    product_name: textOf(data['product_name']),
    card: last4 === '' ? '' : `${brandName} ending in ${last4}`,
    card_brand: brandName,
    card_last4: last4,
    card_ends_on: day('card_ends_at'),
    next_retry_on: day('next_retry_at'),
    access_ends_on: day('access_ends_at'),
    update_url: token === '' ? '' : context.cardUrl(token),
    collects_on: toBankDay(textOf(data['collection_date']), language),
    account_last4: textOf(data['account_last4']),
    mandate_ref: textOf(data['mandate_ref']),
    ...toReceiptValues(data, context.timezone, language),
  }
  const known = new Set([
    ...Object.keys(SHARED_VARIABLES),
    ...Object.keys(MAIL_KINDS[mail.name].variables),
  ])
  return Object.fromEntries(Object.entries(all).filter(([name]) => known.has(name)))
}

/** A day of the bank's calendar is the same day everywhere. */
function toBankDay(date: string, language: string): string {
  return date === '' ? '' : toDay(`${date}T00:00:00.000Z`, UTC, language)
}

const BRANDS: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

function nameOfBrand(brand: string): string {
  return BRANDS[brand] ?? 'Card'
}

/** Whether white stands out on it better than our black (relative luminance, WCAG 2.2: the contrasts are equal at 0.208). */
function isDark(color: string): boolean {
  const hex = color.length === 4 ? color.replaceAll(/[0-9a-f]/gi, '$&$&') : color
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(hex.slice(at, at + 2)))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.208
}

function linear(channel: string): number {
  const share = Number.parseInt(channel, 16) / 255
  return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

/** The canonical form of a BCP 47 tag; null when it is none. */
export function toLanguage(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
