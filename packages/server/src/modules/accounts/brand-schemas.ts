import Type, { type Static } from 'typebox'
import type { BrandSettings, MailSettings } from '../../platform/command/index.ts'
import { ApiRefusal } from '../../platform/http/index.ts'
import { closedObject, given, nullable, textField } from '../../platform/wire/index.ts'

const text = (description: string) => nullable(Type.String({ description }))

export const BrandItem = Type.Object(
  {
    display_name: text('Name that customers know the business by; null = its name.'),
    color: text('Colour of headings and buttons, CSS hex.'),
    accent_color: text('Second colour, CSS hex.'),
    logo_url: text('Logo on pages and mails.'),
    support_email: text('Where customers write to.'),
    support_phone: text('Where customers call.'),
    website_url: text('Website of the business.'),
  },
  { description: 'How the business shows itself to customers.' },
)

const SEND_FROM_SANDBOX =
  'Whether mails of a sandbox really go out where there is a mail server; else they are kept.'
const SEND_RECEIPTS =
  'Whether customers get a receipt of every payment, renewals included, but those made with sendReceipt: false; else of those that ask for one (receipt_email, sendReceipt).'

export const MailItem = Type.Object(
  {
    from_name: text('Sender name of mails to customers; null = the display name.'),
    reply_to: text('Where answers to mails go.'),
    bcc: text('Gets a blind copy of every mail to a customer.'),
    language: Type.String({ description: 'Language of mails, BCP 47, such as "en".' }),
    send_from_sandbox: Type.Boolean({ description: SEND_FROM_SANDBOX }),
    send_receipts: Type.Boolean({ description: SEND_RECEIPTS }),
  },
  { description: 'How mails to customers are sent.' },
)

const change = (description: string, options: { maxLength?: number; format?: string } = {}) =>
  Type.Optional(nullable(textField(description, { maxLength: 200, ...options })))

export const brandFields = Type.Optional(
  closedObject(
    {
      display_name: change('Name that customers know the business by.', { maxLength: 100 }),
      color: change('CSS hex, such as #6366f1.', { maxLength: 7 }),
      accent_color: change('CSS hex, such as #6366f1.', { maxLength: 7 }),
      logo_url: change('https address.', { format: 'url', maxLength: 500 }),
      support_email: change('Where customers write to.', { format: 'email' }),
      support_phone: change('Where customers call.', { maxLength: 40 }),
      website_url: change('https address.', { format: 'url', maxLength: 500 }),
    },
    { description: 'How the business shows itself to customers; null takes a part away.' },
  ),
)

export const mailFields = Type.Optional(
  closedObject(
    {
      from_name: change('Sender name of mails to customers.', { maxLength: 100 }),
      reply_to: change('Where answers to mails go.', { format: 'email' }),
      bcc: change('Gets a blind copy of every mail to a customer.', { format: 'email' }),
      language: Type.Optional(textField('BCP 47, such as "en" or "de-AT".', { maxLength: 20 })),
      send_from_sandbox: Type.Optional(Type.Boolean({ description: SEND_FROM_SANDBOX })),
      send_receipts: Type.Optional(Type.Boolean({ description: SEND_RECEIPTS })),
    },
    { description: 'How mails to customers are sent; null takes a part away.' },
  ),
)

const COLOR = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i
/** What would end a header line, or begin another address. */
const NOT_IN_A_NAME = /[\p{Cc}<>"]/u

export function toBrandChange(
  body: NonNullable<Static<typeof brandFields>>,
): Partial<BrandSettings> {
  checkColor('settings.brand.color', body.color)
  checkColor('settings.brand.accent_color', body.accent_color)
  checkHttps('settings.brand.logo_url', body.logo_url)
  checkHttps('settings.brand.website_url', body.website_url)
  return {
    ...given('displayName', body.display_name),
    ...given('color', body.color),
    ...given('accentColor', body.accent_color),
    ...given('logoUrl', body.logo_url),
    ...given('supportEmail', body.support_email),
    ...given('supportPhone', body.support_phone),
    ...given('websiteUrl', body.website_url),
  }
}

export function toMailChange(body: NonNullable<Static<typeof mailFields>>): Partial<MailSettings> {
  if (typeof body.from_name === 'string' && NOT_IN_A_NAME.test(body.from_name)) {
    throw ApiRefusal.invalid(
      'settings.mail.from_name',
      'A sender name is one line without quotes or angle brackets.',
    )
  }
  if (body.language !== undefined && !LANGUAGE.test(body.language)) {
    throw ApiRefusal.invalid('settings.mail.language', 'Give a language such as en or de-AT.')
  }
  return {
    ...given('fromName', body.from_name),
    ...given('replyTo', body.reply_to),
    ...given('bcc', body.bcc),
    ...given('language', body.language),
    ...given('sendFromSandbox', body.send_from_sandbox),
    ...given('sendReceipts', body.send_receipts),
  }
}

function checkColor(param: string, color: string | null | undefined): void {
  if (typeof color === 'string' && !COLOR.test(color))
    throw ApiRefusal.invalid(param, 'Give a CSS hex colour such as #6366f1.')
}

function checkHttps(param: string, url: string | null | undefined): void {
  if (typeof url === 'string' && !url.toLowerCase().startsWith('https://'))
    throw ApiRefusal.invalid(param, 'Give an address that begins with https://.')
}

export function toWireBrand(brand: BrandSettings): Static<typeof BrandItem> {
  return {
    display_name: brand.displayName,
    color: brand.color,
    accent_color: brand.accentColor,
    logo_url: brand.logoUrl,
    support_email: brand.supportEmail,
    support_phone: brand.supportPhone,
    website_url: brand.websiteUrl,
  }
}

export function toWireMail(mail: MailSettings): Static<typeof MailItem> {
  return {
    from_name: mail.fromName,
    reply_to: mail.replyTo,
    bcc: mail.bcc,
    language: mail.language,
    send_from_sandbox: mail.sendFromSandbox,
    send_receipts: mail.sendReceipts,
  }
}
