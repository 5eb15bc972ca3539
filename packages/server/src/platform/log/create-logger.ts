import { styleText } from 'node:util'

import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'

import type { LogLevel } from '../config/index.ts'

/** What every part logs through: `log.info({ accountId, ms }, 'renewal run finished')`. */
export type Logger = Pick<PinoLogger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'> & {
  /** The same log with fields that every line of it carries. */
  child(fields: Readonly<Record<string, unknown>>): Logger
}

const SECRET_FIELDS = [
  'password', 'passwordHash', 'password_hash', 'secret', 'secretKey', 'secret_key', 'client_secret', 'clientSecret',
  'apiKey', 'api_key', 'token', 'access_token', 'authorization', 'Authorization', 'cookie', 'set-cookie',
  'x-api-key', 'number', 'cardNumber', 'card_number', 'cvc', 'cvv', 'iban', 'account_number', 'databaseUrl', 'smtpUrl',
] // prettier-ignore

/** At the top, one level down, and one below that (`req.headers.authorization`). */
const redactedPaths = SECRET_FIELDS.flatMap((field) => [
  `["${field}"]`,
  `*["${field}"]`,
  `*.*["${field}"]`,
])

const SECRET_IN_TEXT =
  /\b(rk_(?:live|sandbox)_|rev_|whsec_|tok_live_)\w{6,}|(\b\w+:\/\/[^\s:/@]+:)[^\s@/]+(?=@)/g

/** One JSON line an entry, or, with `pretty`, a line for people. Secrets print as `***`. */
export function createLogger(settings: {
  readonly level: LogLevel
  readonly pretty: boolean
  /** Standard output when absent. */
  readonly destination?: DestinationStream
}): Logger {
  const destination = settings.destination ?? process.stdout
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '***' },
      hooks: { streamWrite: maskText },
    },
    settings.pretty ? { write: (line) => destination.write(toPrettyLine(line)) } : destination,
  )
}

/** Keys and passwords in addresses, should they ever end up in a sentence. */
function maskText(line: string): string {
  return line.replace(SECRET_IN_TEXT, (_all, keyPrefix?: string, beforePassword?: string) => {
    return `${keyPrefix ?? beforePassword ?? ''}***`
  })
}

function toPrettyLine(line: string): string {
  const entry: Record<string, unknown> = JSON.parse(line)
  const { level, at, message, error, ...fields } = entry
  const time = String(at).slice(11, 19)
  const color = level === 'error' || level === 'fatal' ? 'red' : level === 'warn' ? 'yellow' : 'dim'
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${toText(value)}`)
  const head = [
    styleText('dim', time),
    styleText(color, String(level).padEnd(5)),
    toText(message ?? ''),
    ...rest,
  ]
  const stack = error instanceof Object && 'stack' in error ? `\n${String(error.stack)}` : ''
  return `${head.join(' ')}${stack}\n`
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
