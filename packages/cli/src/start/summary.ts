import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import type { Config } from '../../../server/src/platform/config/index.ts'
import type { OpenDatabase } from '../../../server/src/open-database.ts'

/** What a person wants to know once the service is up. */
export function toSummary(
  config: Config,
  given: {
    readonly open: Pick<OpenDatabase, 'own'>
    readonly worldUrl: string
    readonly credentialsPath: string
    readonly isFirstStart: boolean
    readonly seconds: string
  },
): string {
  const { open, credentialsPath } = given
  const hasApi = config.roles.has('api')
  const rows: readonly (readonly [string, string])[] = [
    ...(hasApi
      ? ([
          ['API', `${config.publicUrl}/v2`],
          ['Reference', `${config.publicUrl}/docs`],
        ] as const)
      : []),
    ['Roles', [...config.roles].join(', ')],
    ['Credentials', describeCredentials(credentialsPath, given.isFirstStart)],
    ['PostgreSQL', describePostgres(open.own)],
    ['Card world', given.worldUrl],
  ]
  const lines = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`)
  const title = styleText('bold', `Perennial is ready after ${given.seconds} s.`)
  return ['', title, ...lines, `  ${'Stop'.padEnd(12)} Ctrl-C`, ''].join('\n')
}

function describeCredentials(path: string, isNew: boolean): string {
  if (!existsSync(path)) return 'with the service that this database was first started by'
  return isNew ? `${path} (new)` : path
}

function describePostgres(own: OpenDatabase['own']): string {
  if (own === null) return 'yours (DATABASE_URL)'
  const from = {
    system: 'programs of this system',
    bundled: 'programs from npm',
    joined: 'was running',
  }
  return `${own.version}, ${from[own.source]}`
}
