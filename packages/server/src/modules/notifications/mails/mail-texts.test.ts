import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UTC } from '@perennial/core/time'
import { MAIL_NAMES } from './mail-catalogue.ts'
import { chooseTexts, findProblems, ourTexts, renderTexts, type MailTexts } from './mail-texts.ts'
import { SAMPLE } from './sample.ts'
import { toValues, type MailContext } from './to-values.ts'

const context: MailContext = {
  name: 'Acme <Ltd>',
  brand: {
    displayName: null,
    color: '#ff0',
    accentColor: null,
    logoUrl: 'https://acme.test/logo.png',
    supportEmail: 'help@acme.test',
    supportPhone: null,
    websiteUrl: null,
  },
  timezone: UTC,
  cardUrl: (token) => `https://acme.test/card/${token}`,
}

for (const name of MAIL_NAMES) {
  test(`our ${name} renders with everything known and with nothing, in HTML that readers can follow`, () => {
    const texts = ourTexts(name)
    const sample = toValues({ name, data: SAMPLE }, context, 'en')
    assert.deepEqual(findProblems(name, texts, sample), [])
    const { subject, text, html } = renderTexts(texts, sample)
    assert.notEqual(subject, '')
    assert.match(html, /^<!doctype html>\n<html lang="en">/)
    assert.match(html, /<img src="[^"]+" alt="Acme &lt;Ltd&gt;"/)
    assert.equal(html.match(/<h1/g)?.length, 1, 'one heading')
    assert.doesNotMatch(html, /<table/)
    assert.doesNotMatch(`${subject} ${text} ${html}`, /perennial|\{\{|undefined|null/i)
    const bare = renderTexts(texts, toValues({ name, data: {} }, context, 'en'))
    assert.doesNotMatch(bare.text, /\{\{|undefined|null|href=""/)
  })
}

describe('a broken template is found with its place', () => {
  const cases: readonly [string, Partial<MailTexts>, string][] = [
    [
      'an unknown variable',
      { bodyText: 'Hello\n{{ nam }}' },
      'body_text 2:4 undefined variable: nam',
    ],
    [
      'an unknown variable where nobody looks',
      { bodyHtml: '{% if product_name %}{% if period %}{{ x }}{% endif %}{% endif %}' },
      'body_html 1:28 undefined variable: period',
    ],
    [
      'an unknown filter',
      { subject: '{{ amount | shout }}' },
      'subject 1:1 undefined filter: shout',
    ],
    ['a tag that is not closed', { bodyHtml: '\n\n{% if amount %}' }, 'body_html 3:1 tag {% if amount %} not closed'], // prettier-ignore
    ['a variable that is not closed', { bodyText: '{{ amount' }, 'body_text 1:1 output "{{ amount" not closed'], // prettier-ignore
    ['a loop', { bodyText: '{% for i in (1..9) %}x{% endfor %}' }, 'body_text 1:1 tag "for" not found'], // prettier-ignore
    ['a loop in a filter', { bodyText: '{{ (1..9) | where_exp: "i", "i > 1" }}' }, 'body_text 1:1 undefined filter: where_exp'], // prettier-ignore
    ['a range without end', { bodyText: '{{ (1..100000000) | size }}' }, 'body_text 1:1 memory alloc limit exceeded'], // prettier-ignore
    ['too many outputs', { bodyHtml: '{{ amount }}'.repeat(301) }, 'body_html null:null the template has more than 300 tags and outputs'], // prettier-ignore
    ['too long a condition', { bodyHtml: `{% if ${'amount == "" or '.repeat(500)} amount %}{% endif %}` }, 'body_html null:null the template has more than 8000 characters within braces'], // prettier-ignore
    ['a file', { bodyText: '{% include "/etc/passwd" %}' }, 'body_text 1:1 tag "include" not found'], // prettier-ignore
  ]
  const sample = toValues({ name: 'payment_failed', data: SAMPLE }, context, 'en')
  for (const [name, change, expected] of cases) {
    test(name, () => {
      const [problem] = findProblems(
        'payment_failed',
        { ...ourTexts('payment_failed'), ...change },
        sample,
      )
      assert.ok(problem !== undefined)
      const { part, line, column, message } = problem
      assert.equal(`${part} ${line}:${column} ${message}`, expected)
    })
  }
})

test('what is printed into HTML is escaped, and a subject stays one line', () => {
  const data = {
    ...SAMPLE,
    customer_name: '<script>',
    invoice_number: 'A\r\nBcc: everybody@x.test',
  }
  const values = toValues({ name: 'invoice_sent', data }, context, 'en')
  const { subject, html } = renderTexts(ourTexts('invoice_sent'), values)
  assert.match(html, /Hello &lt;script&gt;,/)
  assert.equal(subject, 'Invoice A Bcc: everybody@x.test from Acme <Ltd>')
})

describe('amounts and dates have the form of the language, the currency and the calendar', () => {
  const cases = [
    ['en', 'USD', 2900, '$29.00', 'March 4, 2027'],
    ['de', 'EUR', 2900, '29,00 €', '4. März 2027'],
    ['en', 'JPY', 2900, '¥2,900', 'March 4, 2027'],
    ['en', 'KWD', 1250, 'KWD 1.250', 'March 4, 2027'],
    ['fr', 'USD', 123_456, '1 234,56 $US', '4 mars 2027'],
  ] as const
  for (const [language, currency, minor, amount, day] of cases) {
    test(`${currency} in ${language}`, () => {
      const data = { ...SAMPLE, currency, amount_minor: minor }
      const values = toValues({ name: 'payment_failed', data }, context, language)
      assert.equal(values['amount'], amount)
      assert.equal(values['next_retry_on'], day)
    })
  }
})

test('a receipt lists the lines of its invoice, one below the other, in text and HTML', () => {
  const lines = [
    { description: 'Seat <red>', quantity: 3, amount_minor: 8_700 },
    { description: 'Spring (SPRING)', quantity: 1, amount_minor: -700 },
  ]
  const more = { lines_left: 2, total_minor: 8_000, included_tax_minor: 1_277, left_minor: 0 }
  const data = { ...SAMPLE, ...more, lines, amount_minor: 8_000, description: null }
  const values = toValues({ name: 'payment_receipt', data }, context, 'en')
  const { subject, text, html } = renderTexts(ourTexts('payment_receipt'), values)
  assert.equal(subject, 'Receipt for your payment of $80.00 to Acme <Ltd>')
  const paid = 'Thank you. We have received $80.00 on March 1, 2027 from your Visa ending in 4242.'
  const listed = 'Seat <red> × 3: $87.00\nSpring (SPRING): -$7.00\n… (+2)'
  const total = 'Total: $80.00 (of which tax: $12.77)'
  assert.ok(text.includes([paid, listed, total, 'Invoice: INV-2027-0042'].join('\n\n')), text)
  assert.match(html, /<p>Seat &lt;red&gt; × 3: \$87\.00<br \/>\nSpring \(SPRING\): -\$7\.00<br \/>\n… \(\+2\)<\/p>/)
  assert.match(text, /Questions\? Write to help@acme\.test/)
}) // prettier-ignore

test('the receipt of a part says what is left, and of a payment without an invoice what it was for', () => {
  const told = (data: object): string => {
    const own = { customer_name: null, currency: 'USD', amount_minor: 2_000, receipt_number: 'txn_1' }
    const values = toValues({ name: 'payment_receipt', data: { ...own, ...data } }, context, 'en')
    return renderTexts(ourTexts('payment_receipt'), values).text.split('\n\n').slice(2, -1).join(' | ')
  }
  assert.equal(told({ lines: [], total_minor: 5_000, left_minor: 3_000, invoice_number: 'INV-1' }), 'Thank you. We have received $20.00. | Still to be paid: $30.00 | Invoice: INV-1 | Receipt: txn_1')
  assert.equal(told({ description: 'Poster' }), 'Thank you. We have received $20.00. | For: Poster | Receipt: txn_1')
}) // prettier-ignore

test('the receipt of a refund says where the money goes', () => {
  const values = toValues({ name: 'refund_receipt', data: SAMPLE }, context, 'en')
  const { text } = renderTexts(ourTexts('refund_receipt'), values)
  assert.match(
    text,
    /^We have refunded \$29\.00 to your Visa ending in 4242 on March 5, 2027\. It may/m,
  )
})

test('a text is chosen by the customer’s language, then the account’s, then English', () => {
  const written = ['de', 'de-AT', 'fr'].map((language) => ({
    ...ourTexts('payment_failed'),
    language,
  }))
  const chosen = (...wanted: (string | null)[]): string =>
    chooseTexts('payment_failed', written, wanted).language
  assert.equal(chosen('de-AT', 'fr'), 'de-AT')
  assert.equal(chosen('de-CH', 'fr'), 'de')
  assert.equal(chosen('it', 'fr-CA'), 'fr')
  assert.equal(chosen(null, 'it'), 'en')
  assert.equal(chosen('not a language!', 'en'), 'en')
})

test('the text of a button stands out on its colour', () => {
  const on = (color: string) => {
    const values = toValues(
      { name: 'payment_failed', data: {} },
      { ...context, brand: { ...context.brand, color } },
      'en',
    )
    return values['button_text_color']
  }
  assert.equal(on('#000000'), '#ffffff')
  assert.equal(on('#ff0'), '#1b1f24')
  assert.equal(on('#6366f1'), '#ffffff')
})
