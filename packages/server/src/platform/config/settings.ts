import { Type, type TString } from 'typebox'

type Setting = {
  readonly schema: TString
  /** Ends the sentence "PORT is "x": …" with what would be right. */
  readonly wayOut: string
  /** Values that must not be repeated on a screen or in a log. */
  readonly isSecret?: true
}

const text = (pattern: RegExp): TString => Type.String({ pattern: pattern.source })

/** A count of proxies, or addresses and ranges. */
const PROXIES = /^(none|[1-9]|[0-9a-fA-F.:/]{2,}(\s*,\s*[0-9a-fA-F.:/]{2,})*)$/
const CIDR_LIST = /^(none|[0-9a-fA-F.:]+\/\d{1,3}(\s*,\s*[0-9a-fA-F.:]+\/\d{1,3})*)$/

/** Every variable that the service reads, as text; `loadConfig` turns the accepted text into types. */
export const SETTINGS = {
  PORT: { schema: text(/^\d{1,5}$/), wayOut: 'give a port from 0 to 65535, such as 4242' },
  HOST: {
    schema: text(/^\S+$/),
    wayOut: 'give an address to listen on, such as 127.0.0.1 or 0.0.0.0',
  },
  PUBLIC_URL: {
    schema: text(/^https?:\/\/[^\s/]+/),
    wayOut: 'give an http or https address without a path, such as https://billing.example.com',
  },
  DATA_DIR: { schema: text(/\S/), wayOut: 'give a folder that may be written to, such as ./data' },
  DATABASE_URL: {
    schema: text(/^postgres(ql)?:\/\/\S+$/),
    wayOut:
      'give postgres://user:password@host:port/name, or leave it out for the built-in database',
    isSecret: true,
  },
  SECRET_KEY: {
    schema: text(/^[^\s,]{32,}(,[^\s,]{32,})*$/),
    wayOut:
      'give at least 32 characters without spaces (older keys may follow after commas), or leave it out',
    isSecret: true,
  },
  ROLES: {
    schema: text(/^(api|worker)(\s*,\s*(api|worker))*$/),
    wayOut: 'give api, worker, or api,worker',
  },
  DEMO: {
    schema: text(/^(0|1|true|false)$/),
    wayOut: 'give 1 for demo data or 0 for an empty sandbox',
  },
  WORLD_URL: {
    schema: text(/^https?:\/\/[^\s/]+/),
    wayOut: 'give the http address of a card world, or leave it out to have one started',
  },
  PRIVATE_TARGETS: {
    schema: text(CIDR_LIST),
    wayOut: 'give address ranges such as 10.0.0.0/8,127.0.0.0/8, or none',
  },
  TRUST_PROXY: {
    schema: text(PROXIES),
    wayOut:
      'give the addresses of your proxies such as 10.0.0.5,10.1.0.0/16, or how many stand in a row (1 to 9), or none',
  },
  SMTP_URL: {
    schema: text(/^smtps?:\/\/\S+$/),
    wayOut: 'give smtp://user:password@host:port, or leave it out to keep mails in the outbox',
    isSecret: true,
  },
  MAIL_FROM: {
    schema: text(/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/),
    wayOut: 'give one address alone that mails are sent from, such as billing@example.com',
  },
  RATE_LIMIT: {
    schema: text(/^(off|[1-9]\d{0,8}\s*,\s*[1-9]\d{0,8})$/),
    wayOut: 'give requests per minute and burst, such as 1000,2000, or off',
  },
  LOG_LEVEL: {
    schema: text(/^(fatal|error|warn|info|debug|trace|silent)$/),
    wayOut: 'give fatal, error, warn, info, debug, trace or silent',
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS
