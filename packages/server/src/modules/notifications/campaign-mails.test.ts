import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { createLogger } from '../../platform/log/index.ts'
import { type BillingShop, startBillingShop } from '../../testing/test-card-world.ts'
import { type ReceivedMail, readMail, startMailServer } from '../../testing/test-mail-server.ts'
import { deliverMails } from './deliver-mails.ts'

const BRAND = {
  display_name: 'Acme Coffee',
  color: '#6366f1',
  logo_url: 'https://acme.test/logo.png',
  support_email: 'help@acme.test',
}

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = async (path: string, body: object): Promise<void> => {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
}

/** Sends what waits over SMTP; the mails as they arrived, by who got them, in no order. */
async function sendAll(): Promise<ReadonlyMap<string, readonly ReceivedMail[]>> {
  const server = await startMailServer()
  const transport = createTransport({ url: server.url })
  const { database, clock } = shop
  const deps = {
    database,
    clock,
    log: createLogger({ level: 'silent', pretty: false }),
    smtpUrl: server.url,
    from: 'billing@acme.test',
    cardUrl: (token: string): string => `https://acme.test/card/${token}`,
  }
  while ((await deliverMails(deps, transport)) > 0);
  transport.close()
  await server.close()
  return Map.groupBy(server.received.map(readMail), ({ headers }) => headers.get('to') ?? '')
}

/** What each is told: the subject, a sentence that is in text and HTML, and whether a link leads to another card. */
const TOLD = {
  'ada@example.com': [
    ['Your payment to Acme Coffee failed', 'We could not collect $40.00 for Plan', true],
    ['We could not collect your payment to Acme Coffee', 'We tried again to collect $40.00 for Plan', true],
    ['Urgent: update your payment method for Acme Coffee', 'Without a payment your access ends on', true], // prettier-ignore
    ['Your service from Acme Coffee is suspended', 'your access is suspended now.', true],
  ],
  'bob@example.com': [
    ['Invoice INV-2027-0002 from Acme Coffee', 'INV-2027-0002', false],
    ['Reminder: invoice INV-2027-0002 from Acme Coffee is overdue', 'over $40.00 was due on', false], // prettier-ignore
  ],
  'cy@example.com': [['Your card on file with Acme Coffee ends soon', 'ends on March 31, 2027.', true]],
} as const // prettier-ignore

test('mails of a campaign, reminders and notices arrive over SMTP in the merchant’s brand, as text and HTML', async () => {
  const settings = { brand: BRAND, mail: { send_from_sandbox: true }, recovery: { policy: 'ladder' } } // prettier-ignore
  const patched = await shop.request('PATCH', '/account', { body: { settings } })
  assert.equal(patched.status, 200, JSON.stringify(patched.body))
  const product_id = await shop.createPlan(40_00)
  const subscribe = async (who: string, token: string | null, terms: object = {}) => {
    const customer_id = await shop.createCustomer(`${who}@example.com`)
    if (token !== null) await shop.attach(customer_id, token)
    await post('/subscriptions', { customer_id, product_id, ...terms })
  }
  await subscribe('ada', 'tok_decline_after_1_insufficient_funds')
  await subscribe('bob', null, { collectionMethod: 'send_invoice', daysUntilDue: 14 })
  await subscribe('cy', 'tok_expires_202703')
  await post('/test-clock/advance', { days: 48 })

  const mails = await sendAll()
  for (const [to, told] of Object.entries(TOLD)) {
    const got = new Map(mails.get(to)?.map((mail) => [mail.headers.get('subject'), mail]))
    for (const [subject, sentence, hasLink] of told) {
      const mail = got.get(subject)
      assert.ok(mail !== undefined, `${to} has no "${subject}" of ${[...got.keys()].join(', ')}`)
      assert.match(mail.headers.get('content-type') ?? '', /^multipart\/alternative;/)
      assert.equal(mail.headers.get('from'), 'Acme Coffee <billing@acme.test>')
      const { text, html } = mail
      for (const form of [text, html]) {
        assert.ok(form.includes(sentence), form)
        assert.match(form, /Questions\? Write to/)
        assert.equal(/https:\/\/acme\.test\/card\/link\d/.test(form), hasLink, subject)
        assert.doesNotMatch(form, /perennial/i)
      }
      assert.match(text, /^-- *\r?\nAcme Coffee\r?\n/m)
      assert.match(html, /<img src="https:\/\/acme\.test\/logo\.png" alt="Acme Coffee"/)
      assert.match(html, /border-top: 4px solid #6366f1/)
      if (hasLink) assert.match(html, /background: #6366f1; color: #ffffff[^>]*>[^<]+<\/a>/)
    }
  }
})
