import { styleText } from 'node:util'

import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'

import type { LogLevel } from '../config/index.ts'
import { errorFields } from './error-fields.ts'
import { redactFields, redactText } from './redact.ts'

/** What every part logs through: `log.info({ accountId, ms }, 'renewal run finished')`. */
export type Logger = Pick<PinoLogger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'> & {
  /** The same log with fields that every line of it carries. */
  child(fields: Readonly<Record<string, unknown>>): Logger
}

/** One JSON line an entry, or, with `pretty`, a line for people. Secrets print as `***`. */
export function createLogger(settings: {
  readonly level: LogLevel
  readonly pretty: boolean
  /** Standard output when absent. */
  readonly destination?: DestinationStream
}): Logger {
  const destination = settings.destination ?? process.stdout
  const root = pino(
    {
      level: settings.level,
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      messageKey: 'message',
      errorKey: 'error',
      // Ours, not pino's `redact`: a walk costs 2 µs a line where 75 paths with wildcards cost 70.
      formatters: {
        level: (label) => ({ level: label }),
        log: redactFields,
      },
      serializers: { error: errorFields },
      hooks: { streamWrite: redactText },
    },
    settings.pretty ? { write: (line) => destination.write(toPrettyLine(line)) } : destination,
  )
  return toLogger(root)
}

function toLogger(log: PinoLogger): Logger {
  return {
    fatal: log.fatal.bind(log),
    error: log.error.bind(log),
    warn: log.warn.bind(log),
    info: log.info.bind(log),
    debug: log.debug.bind(log),
    trace: log.trace.bind(log),
    child: (fields) => toLogger(log.child(redactFields(fields))),
  }
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
