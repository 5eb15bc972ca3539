import { assert, messageOf } from '@perennial/core/fault'
import { addMs, parseTimeZone } from '@perennial/core/time'
import { createTransport, type Transporter } from 'nodemailer'
import type { Clock } from '../../platform/clock/index.ts'
import type { AccountSettings } from '../../platform/command/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { Logger } from '../../platform/log/index.ts'
import { eachConcurrently, startLoop, type Loop } from '../../platform/loop/index.ts'
import { toAccountSettings } from '../accounts/index.ts'
import {
  claimMails,
  listWritten,
  recordMailResult,
  type MailResult,
  type QueuedMail,
  type WrittenMail,
} from './queries.ts'
import { renderMail } from './render-mail.ts'

export type MailDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  /** Null: mails are kept and shown instead of sent. */
  readonly smtpUrl: string | null
  readonly from: string
  /** Where a customer opens a link on which a card is replaced. */
  readonly cardUrl: (token: string) => string
}

const BATCH_MAX = 20
const MAILS_AT_ONCE = 4
const SMTP_TIMEOUT_MS = 10_000
/** A mail server may be slow at each of a few steps. */
const MAIL_MS_MAX = 6 * SMTP_TIMEOUT_MS
/** Longer than a whole batch may take: who is claimed last is not claimed twice. */
const LEASE_MS = (Math.ceil(BATCH_MAX / MAILS_AT_ONCE) + 1) * MAIL_MS_MAX
/** Waits between tries; after the last one the mail has failed. */
const RETRY_AFTER_MS = [60_000, 300_000, 1_800_000, 7_200_000, 28_800_000]

/**
 * Sends what waits in the outbox, or keeps it where there is no mail server, or where a sandbox wrote to customers who
 * may be real people. A mail may be sent twice when the process dies between the server's yes and our note of it; its
 * Message-ID is then the same.
 */
export async function deliverMails(deps: MailDeps, transport: Transporter | null): Promise<number> {
  const realNow = deps.clock.now()
  const claim = { realNow, leaseUntil: addMs(realNow, LEASE_MS), limit: BATCH_MAX }
  const mails = await deps.database.statement((tx) => claimMails(tx, claim))
  if (mails.length === 0) return 0
  const written = await deps.database.statement((tx) => listWritten(tx, mails.map(toKey)))
  await eachConcurrently(mails, MAILS_AT_ONCE, async (mail) => {
    const result = await deliver({ ...deps, transport, written }, mail)
    const told = { ...result, realNow: deps.clock.now() }
    await deps.database.statement((tx) => recordMailResult(tx, mail, told))
  })
  return mails.length
}

function toKey({ account_id: accountId, payload }: QueuedMail) {
  return { accountId, name: payload.template }
}

type DeliveryDeps = MailDeps & {
  readonly transport: Transporter | null
  readonly written: readonly WrittenMail[]
}

async function deliver(deps: DeliveryDeps, mail: QueuedMail): Promise<MailResult> {
  const { account_id: accountId, id, attempts } = mail
  try {
    const settings = toAccountSettings(mail.settings)
    const message = toMessage(deps, mail, settings)
    const transport = maySend(mail, settings) ? deps.transport : null
    if (transport !== null) await transport.sendMail(message)
    return { state: transport === null ? 'kept' : 'done', error: null, nextAttemptAt: null }
  } catch (cause) {
    const error = messageOf(cause)
    deps.log.warn({ accountId, mailId: id, attempts, error }, 'mail not sent')
    const waitMs = RETRY_AFTER_MS[attempts - 1]
    if (waitMs === undefined) return { state: 'failed', error, nextAttemptAt: null }
    return { state: 'waiting', error, nextAttemptAt: addMs(deps.clock.now(), waitMs) }
  }
}

/** A sandbox sends tests of its words, and the rest only where its merchant has asked for it. */
function maySend({ environment, payload }: QueuedMail, { mail }: AccountSettings): boolean {
  return environment === 'live' || payload.is_test === true || mail.sendFromSandbox
}

/** The mail with its headers. Nothing in it names the service: it is the merchant who writes. */
function toMessage(deps: DeliveryDeps, queued: QueuedMail, { brand, mail }: AccountSettings) {
  const { account_id: accountId, id, payload } = queued
  const timezone = parseTimeZone(queued.timezone)
  assert(timezone !== null, 'a stored time zone is a known one')
  const { subject, text, html } = renderMail(payload, {
    name: queued.merchant,
    brand,
    mail,
    timezone,
    cardUrl: deps.cardUrl,
    written: deps.written.filter(
      (texts) => texts.accountId === accountId && texts.name === payload.template,
    ),
    onBroken: (reason) =>
      deps.log.warn({ accountId, mailId: id, reason }, 'a merchant’s mail template is broken'),
  })
  const name = mail.fromName ?? brand.displayName ?? queued.merchant
  return {
    subject,
    text,
    html,
    from: { name, address: deps.from },
    to: payload.to,
    ...(mail.replyTo === null ? {} : { replyTo: mail.replyTo }),
    ...(mail.bcc === null ? {} : { bcc: mail.bcc }),
    messageId: `<${id}@${deps.from.split('@').at(-1)}>`,
  }
}

/** Looks after the outbox once an interval. */
export function startMailWorker(deps: MailDeps, options: { readonly intervalMs: number }): Loop {
  const timeouts = {
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
  }
  const transport =
    deps.smtpUrl === null ? null : createTransport({ url: deps.smtpUrl, ...timeouts })
  const loop = startLoop({
    name: 'mail sweep',
    intervalMs: options.intervalMs,
    log: deps.log,
    // Who has few takes less than its share, and leaves a batch short that others still fill.
    round: async () => ({ hasMore: (await deliverMails(deps, transport)) > 0 }),
  })
  return {
    stop: async () => {
      await loop.stop()
      transport?.close()
    },
  }
}
