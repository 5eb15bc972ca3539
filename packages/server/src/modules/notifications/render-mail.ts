import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '@perennial/core/fault'
import { formatMoney, fromWireMinor, parseCurrency } from '@perennial/core/money'
import { formatPlainDate, parseInstant, plainDateAt, type TimeZone } from '@perennial/core/time'
import { Liquid } from 'liquidjs'
import type { JsonObject, JsonValue } from '../../platform/wire/index.ts'

export type RenderedMail = {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export type MailContext = { readonly merchant: string; readonly timezone: TimeZone }

const TEMPLATES = join(import.meta.dirname, 'templates')
const RENDER_MS_MAX = 500

// Everything a template prints is escaped for HTML; the text part has no markup to escape.
const html = new Liquid({
  outputEscape: 'escape',
  strictVariables: true,
  renderLimit: RENDER_MS_MAX,
})
const text = new Liquid({ strictVariables: true, renderLimit: RENDER_MS_MAX })

function template(name: string): string {
  return readFileSync(join(TEMPLATES, name), 'utf8')
}

const invoiceSent = {
  text: text.parse(template('invoice-sent.txt.liquid')),
  html: html.parse(template('invoice-sent.html.liquid')),
}

/** A queued mail in its final words: amounts in the currency's form, dates in the account's zone. */
export function renderMail(
  mail: { readonly template: string; readonly data: JsonObject },
  context: MailContext,
): RenderedMail {
  assert(mail.template === 'invoice_sent', `there is a template ${mail.template}`)
  const values = invoiceValues(mail.data, context)
  return {
    subject: `Invoice ${values.number} from ${context.merchant}`,
    text: String(text.renderSync(invoiceSent.text, values)).replaceAll(/\n{3,}/g, '\n\n'),
    html: String(html.renderSync(invoiceSent.html, values)),
  }
}

function invoiceValues(invoice: JsonObject, { merchant, timezone }: MailContext) {
  const currency = parseCurrency(textOf(invoice['currency']))
  const due = invoice['amount_due_minor']
  assert(currency !== null && typeof due === 'number', 'a mailed invoice says what is owed')
  const dateOf = (value: JsonValue | undefined): string | null => {
    const at = typeof value === 'string' ? parseInstant(value) : null
    return at === null ? null : formatPlainDate(plainDateAt(at, timezone))
  }
  const [start, end] = [dateOf(invoice['period_start']), dateOf(invoice['period_end'])]
  return {
    merchant,
    number: textOf(invoice['invoice_number']),
    amount_due: formatMoney({ amountMinor: fromWireMinor(due), currency }),
    due_on: dateOf(invoice['due_date']) ?? '',
    period: start === null || end === null ? null : `${start} to ${end}`,
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
