// Started by bench-routes.ts: the API as the service has it, or the least that could answer the same calls.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createServiceApi } from '../../packages/server/src/api.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'

export type ServerOrder = {
  readonly kind: 'service' | 'bare'
  readonly databaseUrl: string
  readonly accountId: string
  /** What a `POST` to the bare server writes for a payment handed over; absent: it writes a customer. */
  readonly copied?: readonly CopiedRow[]
}

/** A row of the service's, to be written again by the name of another payment. */
export type CopiedRow = {
  readonly table: string
  /** PostgreSQL's own text of each column, or null. */
  readonly values: Readonly<Record<string, string | null>>
}
export type ServerReady = { readonly url: string }

const CONNECTIONS = 10
/** Nothing that is measured here calls a gateway, so nobody needs to live there. */
const NO_WORLD = 'http://127.0.0.1:9'

async function startService(order: ServerOrder): Promise<string> {
  const database = createDatabase({
    url: order.databaseUrl,
    max: CONNECTIONS,
    applicationName: 'bench-service',
  })
  const log = createLogger({ level: 'info', pretty: false })
  const billing = createBilling({ database, log, worldUrl: NO_WORLD })
  const app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
  return app.listen({ port: 0, host: '127.0.0.1' })
}

/** JSON in, one transaction with a statement for each row, JSON out. No key, no check, no event, no log. */
async function startBare(order: ServerOrder): Promise<string> {
  const pool = new pg.Pool({ connectionString: order.databaseUrl, max: CONNECTIONS })
  const server = createServer((request, response) => {
    answer(pool, order, request).then(
      (body) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      },
      (error: unknown) => {
        response.writeHead(500)
        response.end(String(error))
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return `http://127.0.0.1:${port}`
}

async function answer(
  pool: pg.Pool,
  { accountId, copied }: ServerOrder,
  request: IncomingMessage,
): Promise<unknown> {
  if (request.method === 'GET') {
    const id = request.url?.split('/').at(-1) ?? ''
    const text = 'select * from customers where account_id = $1 and id = $2'
    return inTransaction(pool, [{ name: 'get', text, values: [accountId, id] }])
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer) // no encoding is set
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
  if (copied !== undefined) return inTransaction(pool, copiesOf(copied, body))
  const text = `insert into bare_customers (account_id, id, email, name, created_at, updated_at)
                values ($1, $2, $3, $4, now(), now()) returning *`
  const values = [accountId, randomUUID(), body['email'] ?? '', body['name'] ?? '']
  return inTransaction(pool, [{ name: 'create', text, values }])
}

/** The same rows for another payment: with ids, a key and a card of its own. */
function copiesOf(rows: readonly CopiedRow[], body: Readonly<Record<string, string>>): Query[] {
  const recoveryId = randomUUID()
  const token = body['paymentMethodToken'] ?? ''
  const own: Readonly<Record<string, string>> = {
    recovery_id: recoveryId,
    idempotency_key: body['idempotencyKey'] ?? '',
    handed_token: token,
    token,
  }
  return rows.map(({ table, values }, index) => {
    const columns = Object.keys(values)
    const id = index === 0 ? recoveryId : randomUUID()
    const places = columns.map((_, place) => `$${place + 1}`)
    return {
      name: table,
      text: `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`,
      values: columns.map((column) =>
        column === 'id' ? id : (own[column] ?? values[column] ?? null),
      ),
    }
  })
}

type Query = {
  readonly name: string
  readonly text: string
  readonly values: (string | null)[]
}

/** What the first statement returned. */
async function inTransaction(pool: pg.Pool, queries: readonly Query[]): Promise<unknown> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const results: unknown[] = []
    for (const query of queries) results.push((await client.query(query)).rows[0] ?? {})
    await client.query('commit')
    return results[0]
  } finally {
    client.release()
  }
}

const order = JSON.parse(process.argv[2] ?? '') as ServerOrder // written by bench-routes.ts
const url = await (order.kind === 'service' ? startService(order) : startBare(order))
const ready: ServerReady = { url }
process.send?.(ready)
