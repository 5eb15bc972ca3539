import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { Check } from 'typebox/value'

import { ConfigError } from './config-error.ts'
import { SETTINGS, type SettingName } from './settings.ts'

export type Role = 'api' | 'worker'
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export type Config = {
  readonly port: number
  readonly host: string
  /** Without a slash at the end. */
  readonly publicUrl: string
  /** Absolute. */
  readonly dataDir: string
  /** Null: the service starts a PostgreSQL of its own under `dataDir`. */
  readonly databaseUrl: string | null
  /** One or more keys, comma-separated, newest first. Null: kept in `dataDir`, made on first start. */
  readonly secretKey: string | null
  readonly roles: ReadonlySet<Role>
  readonly demo: boolean
  readonly worldUrl: string | null
  /** Private address ranges (CIDR) that webhooks and connectors may call all the same. */
  readonly privateTargets: readonly string[]
  /** Proxies whose X-Forwarded-For is believed: how many in a row, or their addresses and ranges. Null: none is. */
  readonly trustProxy: number | readonly string[] | null
  readonly smtpUrl: string | null
  /** Address that mails to customers are sent from. */
  readonly mailFrom: string
  readonly rateLimit: { readonly perMinute: number; readonly burst: number } | null
  readonly logLevel: LogLevel
}

export type Environment = Readonly<Record<string, string | undefined>>

const LOOPBACK_RANGES = ['127.0.0.0/8', '::1/128']

/** Parses the environment once, at start. Throws `ConfigError` at the first value it cannot use. */
export function loadConfig(env: Environment): Config {
  const port = toPort(read(env, 'PORT') ?? '4242')
  const host = read(env, 'HOST') ?? '127.0.0.1'
  const publicUrl = toUrl(env, 'PUBLIC_URL') ?? `http://localhost:${port}`
  return Object.freeze({
    port,
    host,
    publicUrl,
    dataDir: resolve(read(env, 'DATA_DIR') ?? './data'),
    databaseUrl: read(env, 'DATABASE_URL'),
    secretKey: read(env, 'SECRET_KEY'),
    roles: new Set(toList(read(env, 'ROLES') ?? 'api,worker').map(toRole)),
    demo: ['1', 'true'].includes(read(env, 'DEMO') ?? '1'),
    worldUrl: toUrl(env, 'WORLD_URL'),
    privateTargets: toPrivateTargets(read(env, 'PRIVATE_TARGETS'), host),
    trustProxy: toTrustProxy(read(env, 'TRUST_PROXY')),
    smtpUrl: read(env, 'SMTP_URL'),
    mailFrom: read(env, 'MAIL_FROM') ?? `billing@${new URL(publicUrl).hostname}`,
    rateLimit: toRateLimit(read(env, 'RATE_LIMIT') ?? '1000,2000'),
    logLevel: toLogLevel(read(env, 'LOG_LEVEL') ?? 'info'),
  })
}

/** The trimmed value, or null when the variable is unset or empty. */
function read(env: Environment, name: SettingName): string | null {
  const value = env[name]?.trim()
  if (value === undefined || value === '') return null
  if (!Check(SETTINGS[name].schema, value)) throw refusal(name, value)
  return value
}

function refusal(name: SettingName, value: string): ConfigError {
  const setting = SETTINGS[name]
  const shown =
    'isSecret' in setting ? 'not usable (its value is not shown)' : JSON.stringify(value)
  return new ConfigError(`${name} is ${shown}: ${setting.wayOut}.`)
}

function toPort(text: string): number {
  const port = Number(text)
  if (port > 65_535) throw refusal('PORT', text)
  return port
}

function toUrl(env: Environment, name: 'PUBLIC_URL' | 'WORLD_URL'): string | null {
  const value = read(env, name)
  if (value === null) return null
  if (!URL.canParse(value)) throw refusal(name, value)
  return value.replace(/\/+$/, '')
}

const toList = (text: string): string[] => text.split(',').map((part) => part.trim())

const toRole = (text: string): Role => (text === 'api' ? 'api' : 'worker')

function toPrivateTargets(text: string | null, host: string): readonly string[] {
  if (text === 'none') return []
  if (text === null) return isLoopback(host) ? LOOPBACK_RANGES : []
  if (!toList(text).every(isRange)) throw refusal('PRIVATE_TARGETS', text)
  return toList(text)
}

function toTrustProxy(text: string | null): Config['trustProxy'] {
  if (text === null || text === 'none') return null
  if (/^\d$/.test(text)) return Number(text)
  const proxies = toList(text)
  if (!proxies.every((proxy) => isIP(proxy) !== 0 || isRange(proxy)))
    throw refusal('TRUST_PROXY', text)
  return proxies
}

/** Whether it is an address with a number of bits, such as 10.0.0.0/8. */
function isRange(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return Number(bits) <= (family === 4 ? 32 : 128)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function toRateLimit(text: string): Config['rateLimit'] {
  if (text === 'off') return null
  const [perMinute = '', burst = ''] = toList(text)
  return { perMinute: Number(perMinute), burst: Number(burst) }
}

function toLogLevel(text: string): LogLevel {
  const levels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
  return levels.find((level) => level === text) ?? 'info'
}
