import pg from 'pg'

import { PostgresStartError } from './postgres-start-error.ts'

/** Makes our database in the cluster if it is not there yet; returns the server's version. */
export async function ensureDatabase(at: {
  readonly toUrl: (database: string) => string
  readonly database: string
}): Promise<string> {
  try {
    return await ask(at.toUrl(at.database), 'show server_version')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === '28P01') {
      throw new PostgresStartError(
        'the password file in DATA_DIR/postgres does not fit the data beside it: restore the file that belongs to it',
        { cause: error },
      )
    }
    if (code !== '3D000') throw error
    await ask(at.toUrl('postgres'), `create database ${at.database}`)
    return ask(at.toUrl(at.database), 'show server_version')
  }
}

async function ask(url: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const { rows } = await client.query<[string]>({ text: statement, rowMode: 'array' })
    return rows[0]?.[0] ?? ''
  } finally {
    await client.end()
  }
}
