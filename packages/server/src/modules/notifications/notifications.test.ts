import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { recordMail } from '../../platform/outbox/index.ts'
import { createLogger } from '../../platform/log/index.ts'
import { startTestApi, type TestApi } from '../../testing/test-api.ts'
import { deliverMails } from './deliver-mails.ts'
import { saveTemplate } from './queries.ts'
import { mailsRoutes } from './routes.ts'
import { mailTemplatesRoutes } from './template-routes.ts'

const log = createLogger({ level: 'silent', pretty: false })
let api: TestApi
let refuseMails = false
/** Awaited before the mail server says yes to a mail to that address. */
let holdsBack: { readonly to: string; readonly until: Promise<void> } | null = null
const received: string[] = []
const recipients: string[][] = []
const mailServer = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData: (stream, session, done) => {
    const to = session.envelope.rcptTo.map(({ address }) => address)
    recipients.push(to)
    let mail = ''
    stream.on('data', (chunk: Buffer) => (mail += chunk.toString('utf8')))
    stream.on('end', () => {
      if (refuseMails) return done(new Error('mailbox on holiday'))
      received.push(mail)
      const isHeld = to.includes(holdsBack?.to ?? '')
      void (isHeld ? holdsBack?.until : Promise.resolve())?.then(() => done())
    })
  },
})

before(async () => {
  const deps = { cardUrl: () => 'https://acme.test/card', findMailData: async () => null }
  api = await startTestApi([mailsRoutes, mailTemplatesRoutes(deps)])
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  await api.close()
  await new Promise<void>((resolve) => mailServer.close(resolve))
})

function smtpTransport() {
  const address = mailServer.server.address()
  assert(typeof address === 'object' && address !== null)
  return createTransport({ host: '127.0.0.1', port: address.port })
}

function depsOf(smtpUrl: string | null) {
  const cardUrl = (token: string): string => `https://acme.test/card/${token}`
  return {
    database: api.database,
    clock: api.clock,
    log,
    smtpUrl,
    from: 'billing@acme.test',
    cardUrl,
  }
}

async function queueInvoiceMail(
  dedupeKey: string,
  to = 'ada@example.com',
  { accountId } = api.account.sandbox,
): Promise<number> {
  const { ids, clock } = api
  return api.database.tx((tx) =>
    recordMail(tx, [
      {
        accountId,
        id: ids.next(),
        dedupeKey,
        to,
        template: 'invoice_sent',
        data: {
          invoice_number: 'INV-<1>',
          currency: 'KWD',
          amount_due_minor: 1250,
          due_date: '2027-02-28T09:00:00.000Z',
          period_start: null,
          period_end: null,
        },
        createdAt: clock.now(),
      },
    ]),
  )
}

test('without a mail server a mail is kept and shown', async () => {
  await queueInvoiceMail('kept')
  assert.equal(await deliverMails(depsOf(null), null), 1)
  const answer = await api.request('GET', '/mails')
  assert.equal(answer.at('data.0.state'), 'kept')
  assert.equal(answer.at('data.0.to'), 'ada@example.com')
})

test('a sandbox writes to no customer before it has asked for it, but sends a test of its words', async () => {
  const transport = smtpTransport()
  const writeTo = async (to: string) => {
    await queueInvoiceMail(`sandbox:${to}`, to)
    await deliverMails(depsOf('smtp://'), transport)
    return (await api.request('GET', '/mails')).at('data.0.state')
  }
  assert.equal(await writeTo('real@example.com'), 'kept')
  assert.deepEqual(recipients, [])

  const body = { to: 'me@acme.test' }
  await api.request('POST', '/mail-templates/invoice_sent/send-test', { body })
  await queueInvoiceMail('live', 'live@example.com', api.account.live)
  await deliverMails(depsOf('smtp://'), transport)
  assert.deepEqual(new Set(recipients.flat()), new Set(['live@example.com', 'me@acme.test']))

  const settings = { mail: { send_from_sandbox: true } }
  await api.request('PATCH', '/account', { body: { settings } })
  assert.equal(await writeTo('asked@example.com'), 'done')
  assert.deepEqual(recipients.at(-1), ['asked@example.com'])
  transport.close()
})

test('one merchant’s many mails hold no other merchant’s back', async () => {
  const other = (await api.createOtherAccount()).sandbox
  for (let n = 0; n < 60; n += 1) await queueInvoiceMail(`many:${n}`)
  await queueInvoiceMail('few', 'few@example.com', other)
  const stateOfFew = async () =>
    (await api.request('GET', '/mails?limit=1', { apiKey: other.apiKey })).at('data.0.state')
  assert.equal(await stateOfFew(), 'waiting')
  assert.equal(await deliverMails(depsOf(null), null), 11, 'half a batch, and the only one')
  assert.equal(await stateOfFew(), 'kept')
  assert.equal(await deliverMails(depsOf(null), null), 20, 'all of a batch where nobody else waits')
  while ((await deliverMails(depsOf(null), null)) > 0);
})

test('a mail reaches the mail server once, with amounts and dates in their form and text escaped', async () => {
  received.length = 0
  await queueInvoiceMail('sent')
  assert.equal(await queueInvoiceMail('sent'), 0, 'the same effect is queued once')
  const transport = smtpTransport()
  assert.equal(await deliverMails(depsOf('smtp://'), transport), 1)
  assert.equal(await deliverMails(depsOf('smtp://'), transport), 0)
  transport.close()

  assert.equal(received.length, 1)
  const [mail = ''] = received
  assert.match(mail, /^To: ada@example\.com$/m)
  assert.match(mail, /KWD 1\.250/)
  assert.match(mail, /February 28, 2027/)
  assert.match(mail, /INV-&lt;1&gt;/)
})

test('a mail is the merchant’s own: sender, answers, copies and words, and no other name', async () => {
  const settings = {
    brand: { display_name: 'Acme Coffee', color: '#6366f1' },
    mail: { from_name: 'Acme Billing', reply_to: 'reply@acme.test', bcc: 'books@acme.test' },
  }
  await api.request('PATCH', '/account', { body: { settings } })
  received.length = 0
  await queueInvoiceMail('branded')
  const transport = smtpTransport()
  assert.equal(await deliverMails(depsOf('smtp://'), transport), 1)
  transport.close()
  const [mail = ''] = received
  assert.match(mail, /^From: Acme Billing <billing@acme\.test>$/m)
  assert.match(mail, /^Reply-To: reply@acme\.test$/m)
  assert.match(mail, /^Message-ID: <[-0-9a-f]+@acme\.test>$/m)
  assert.match(mail, /^Subject: Invoice INV-<1> from Acme Coffee$/m)
  assert.doesNotMatch(mail, /^Bcc:/m)
  assert.deepEqual(recipients.at(-1), ['ada@example.com', 'books@acme.test'])
  assert.doesNotMatch(mail, /perennial/i)
})

test('a stored text that cannot be rendered does not keep the mail back: ours goes out', async () => {
  const { ids, clock, account } = api
  await api.database.tx((tx) =>
    saveTemplate(tx, {
      accountId: account.sandbox.accountId,
      id: ids.next(),
      name: 'invoice_sent',
      language: 'en',
      subject: '{{ no_longer_known }}',
      body_text: 'x',
      body_html: 'x',
      updated_at: clock.now(),
    }),
  )
  received.length = 0
  await queueInvoiceMail('broken')
  const transport = smtpTransport()
  assert.equal(await deliverMails(depsOf('smtp://'), transport), 1)
  transport.close()
  assert.match(received[0] ?? '', /^Subject: Invoice INV-<1> from Acme Coffee$/m)
})

test('a refused mail is tried again after a minute, and fails for good after six tries', async () => {
  refuseMails = true
  await queueInvoiceMail('refused')
  const transport = smtpTransport()
  const deps = depsOf('smtp://')
  assert.equal(await deliverMails(deps, transport), 1)
  assert.equal(await deliverMails(deps, transport), 0, 'not before its time')
  for (const waitMs of [60_000, 300_000, 1_800_000, 7_200_000, 28_800_000]) {
    api.clock.advanceMs(waitMs)
    assert.equal(await deliverMails(deps, transport), 1)
  }
  api.clock.advanceMs(864_000_000)
  assert.equal(await deliverMails(deps, transport), 0)
  transport.close()
  const answer = await api.request('GET', '/mails')
  assert.equal(answer.at('data.0.state'), 'failed')
  assert.equal(answer.at('data.0.attempts'), 6)
  assert.match(answer.text('data.0.last_error'), /mailbox on holiday/)
})

test('a mail server that is slow with one mail holds no other back, and nobody sends one twice', async () => {
  refuseMails = false
  received.length = 0
  const slow = Promise.withResolvers<void>()
  holdsBack = { to: 'slow@example.com', until: slow.promise }
  await queueInvoiceMail('slow', 'slow@example.com')
  for (const name of ['b', 'c', 'd']) await queueInvoiceMail(name, `${name}@example.com`)
  const transport = smtpTransport()
  const deps = depsOf('smtp://')
  const round = deliverMails(deps, transport)
  const states = async () =>
    (
      await api.database.kysely
        .selectFrom('outbox')
        .select('state')
        .where('dedupe_key', 'in', ['slow', 'b', 'c', 'd'])
        .orderBy('id')
        .execute()
    ).map(({ state }) => state)
  while ((await states()).filter((state) => state === 'done').length < 3);
  assert.deepEqual(await states(), ['waiting', 'done', 'done', 'done'])
  assert.equal(await deliverMails(deps, transport), 0, 'it is being sent')
  // Its worker seems to have died: another takes it over, and what the first one hears then is no news.
  api.clock.advanceMs(3_600_000)
  holdsBack = null
  assert.equal(await deliverMails(deps, transport), 1)
  slow.resolve()
  assert.equal(await round, 4)
  transport.close()
  assert.equal(received.length, 5)
  const answer = await api.request('GET', '/mails?limit=4')
  assert.deepEqual([answer.at('data.3.state'), answer.at('data.3.attempts')], ['done', 2])
})

test('a sandbox whose settings cannot be read keeps no other merchant’s mail back', async () => {
  const broken = (await api.createOtherAccount()).sandbox
  await api.database.kysely
    .updateTable('accounts')
    .set({ settings: sql`'{"mail": "none"}'::jsonb` })
    .where('id', '=', broken.accountId)
    .execute()
  await queueInvoiceMail('unread', 'unread@example.com', broken)
  await queueInvoiceMail('whole')
  assert.equal(await deliverMails(depsOf(null), null), 2)
  const { state, last_error } = await api.database.kysely
    .selectFrom('outbox')
    .select(['state', 'last_error'])
    .where('account_id', '=', broken.accountId)
    .executeTakeFirstOrThrow()
  assert.deepEqual([state, last_error], ['waiting', 'stored account settings have the form of settings']) // prettier-ignore
  assert.equal((await api.request('GET', '/mails')).at('data.0.state'), 'kept')
})
