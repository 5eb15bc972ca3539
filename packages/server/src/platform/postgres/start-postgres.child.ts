// A service process of its own, for start-postgres.test.ts: starts or joins the server on the given data
// folder, holds a connection, says so, and leaves on SIGTERM.
import { once } from 'node:events'

import pg from 'pg'

import { startPostgres } from './index.ts'

const log = { info: () => undefined, warn: () => undefined }
const server = await startPostgres({ dataDir: process.argv[2] ?? '', log })
const client = new pg.Client({ connectionString: server.url, application_name: 'child' })
await client.connect()
process.stdout.write('ready\n')
await once(process, 'SIGTERM')
await client.end()
await server.stop()
