import { assert } from '@perennial/core/fault'
import { addMs, parseTimeZone, type Instant } from '@perennial/core/time'
import { createTransport, type Transporter } from 'nodemailer'
import type { Clock } from '../../platform/clock/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { Logger } from '../../platform/log/index.ts'
import { startLoop, type Loop } from '../../platform/loop/index.ts'
import { claimMails, recordMailResult, type MailResult, type QueuedMail } from './queries.ts'
import { renderMail } from './render-mail.ts'

export type MailDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  /** Null: mails are kept and shown instead of sent. */
  readonly smtpUrl: string | null
  readonly from: string
}

const BATCH_MAX = 50
const SMTP_TIMEOUT_MS = 10_000
/** Waits between tries; after the last one the mail has failed. */
const RETRY_AFTER_MS = [60_000, 300_000, 1_800_000, 7_200_000, 28_800_000]

/**
 * Sends what waits in the outbox, or keeps it where there is no mail server. A mail may be sent twice when
 * the process dies between the server's yes and our commit; its Message-ID is then the same.
 */
export async function deliverMails(deps: MailDeps, transport: Transporter | null): Promise<number> {
  const realNow = deps.clock.now()
  return deps.database.tx(async (tx) => {
    const mails = await claimMails(tx, realNow, BATCH_MAX)
    for (const mail of mails) {
      const result = transport === null ? kept(mail) : await send(deps, transport, mail, realNow)
      await recordMailResult(tx, result, realNow)
    }
    return mails.length
  })
}

function kept(mail: QueuedMail): MailResult {
  const { account_id: accountId, id, attempts } = mail
  return { accountId, id, state: 'kept', attempts, error: null, nextAttemptAt: null }
}

async function send(
  deps: MailDeps,
  transport: Transporter,
  mail: QueuedMail,
  realNow: Instant,
): Promise<MailResult> {
  const { account_id: accountId, id } = mail
  const attempts = mail.attempts + 1
  const timezone = parseTimeZone(mail.timezone)
  assert(timezone !== null, 'a stored time zone is a known one')
  try {
    const rendered = renderMail(mail.payload, { merchant: mail.merchant, timezone })
    const from = { name: mail.merchant, address: deps.from }
    await transport.sendMail({
      ...rendered,
      from,
      to: mail.payload.to,
      messageId: `<${id}@perennial>`,
    })
    return { accountId, id, state: 'done', attempts, error: null, nextAttemptAt: null }
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause)
    const waitMs = RETRY_AFTER_MS[attempts - 1]
    deps.log.warn({ accountId, mailId: id, attempts, error }, 'mail not sent')
    if (waitMs === undefined)
      return { accountId, id, state: 'failed', attempts, error, nextAttemptAt: null }
    return {
      accountId,
      id,
      state: 'waiting',
      attempts,
      error,
      nextAttemptAt: addMs(realNow, waitMs),
    }
  }
}

/** Looks after the outbox once an interval. */
export function startMailWorker(deps: MailDeps, options: { readonly intervalMs: number }): Loop {
  const timeouts = { connectionTimeout: SMTP_TIMEOUT_MS, socketTimeout: SMTP_TIMEOUT_MS }
  const transport =
    deps.smtpUrl === null ? null : createTransport({ url: deps.smtpUrl, ...timeouts })
  const loop = startLoop({
    name: 'mail sweep',
    intervalMs: options.intervalMs,
    log: deps.log,
    round: async () => ({ hasMore: (await deliverMails(deps, transport)) === BATCH_MAX }),
  })
  return {
    stop: async () => {
      await loop.stop()
      transport?.close()
    },
  }
}
