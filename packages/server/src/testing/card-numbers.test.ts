import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UTC } from '@perennial/core/time'
import { startHouse } from '@perennial/testkit/scenario'
import { createServiceApi } from '../api.ts'
import { COLUMN_TYPES, type Database, type TableName } from '../platform/db/index.ts'
import { createLogger } from '../platform/log/index.ts'
import { renderOpenApi } from '../render-openapi.ts'

const NUMBER = '4012888888881881'
const GROUPED = '4012 8888 8888 1881'
/** An order number: its check digit is no card's. */
const KEPT = '4012888888881882'
const SAID = 'Card and account numbers are not taken here.'

type Schema = {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
}
type Operation = {
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: Schema } }
  }
}
type Verb = 'POST' | 'PUT' | 'PATCH'
type Writing = { readonly verb: Verb; readonly path: string; readonly text: string }

const VERBS: readonly Verb[] = ['POST', 'PUT', 'PATCH']

/** Every operation of /v2 that takes a body, with a field of free text; "note" where it has none. */
async function listWritings(): Promise<readonly Writing[]> {
  const { paths } = JSON.parse(await renderOpenApi()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }
  return Object.entries(paths).flatMap(([path, operations]) =>
    VERBS.flatMap((verb) => {
      const operation = operations[verb.toLowerCase()]
      if (operation === undefined) return []
      const schema = operation.requestBody?.content['application/json'].schema
      const text = Object.entries(schema?.properties ?? {}).find(
        ([name, field]) => isFreeText(field) && name !== 'tracking_number',
      )
      return [{ verb, path: path.replaceAll(/\{\w+\}/g, 'any'), text: text?.[0] ?? 'note' }]
    }),
  )
}

function isFreeText({ type, enum: names, pattern }: Schema): boolean {
  return [type].flat().includes('string') && names === undefined && pattern === undefined
}

/** Bodies that are taken as they are without the number. */
const WELL_FORMED: readonly (readonly [path: string, body: object])[] = [
  ['/v2/customers', { email: 'ada@example.com', name: `Ada ${NUMBER}` }],
  ['/v2/customers', { email: 'eva@example.com', metadata: { card: NUMBER } }],
  ['/v2/customers', { email: 'ivy@example.com', metadata: { card: Number(NUMBER) } }],
  ['/v2/payment-intents', { amount: 500, currency: 'USD', description: GROUPED }],
  ['/v2/payment-intents', { amount: 500, currency: 'USD', metadata: { [NUMBER]: 'x' } }],
]

async function tablesWith(database: Database, texts: readonly string[]): Promise<string[]> {
  const toText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  const names = Object.keys(COLUMN_TYPES).filter((name): name is TableName => name in COLUMN_TYPES)
  const found: string[] = []
  for (const name of names) {
    const table = database.kysely.dynamic.table(name).as('searched')
    const rows = await database.kysely.selectFrom(table).selectAll().execute()
    const text = JSON.stringify(rows, toText)
    if (texts.some((each) => text.includes(each))) found.push(name)
  }
  return found
}

test('a card number in any field of any call is refused, and in no table and no log afterwards', async (t) => {
  const house = await startHouse()
  t.after(() => house.close())
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  let logged = ''
  const log = createLogger({
    level: 'trace',
    pretty: false,
    destination: { write: (line: string) => void (logged += line) },
  })
  const config = { publicUrl: 'http://localhost', rateLimit: null }
  const api = await createServiceApi(config, { ...house.service.billing, log })
  let keys = 0
  const send = (verb: Verb, url: string, payload: object) =>
    api.inject({
      method: verb,
      url,
      payload,
      headers: { 'x-api-key': sandbox.apiKey, 'idempotency-key': `key-${(keys += 1)}` },
    })

  const writings = await listWritings()
  assert.ok(writings.length > 140, 'every call is tried')
  const bodies: readonly (readonly [verb: Verb, path: string, body: object])[] = [
    ...WELL_FORMED.map(([path, body]) => ['POST', path, body] as const),
    ...writings.flatMap(({ verb, path, text }) => [
      [verb, path, { [text]: `Paid with ${GROUPED}.` }] as const,
      [verb, path, { metadata: { note: NUMBER } }] as const,
    ]),
  ]
  for (const [verb, path, body] of bodies) {
    const answer = await send(verb, path, body)
    const told = `${verb} ${path} ${JSON.stringify(body)}: ${answer.body}`
    assert.equal(answer.statusCode, 400, told)
    assert.ok(answer.body.includes(SAID), told)
    assert.ok(![NUMBER, GROUPED].some((each) => answer.body.includes(each)), told)
  }
  const taken = await send('POST', '/v2/customers', {
    email: 'joy@example.com',
    name: KEPT,
  })
  assert.equal(taken.statusCode, 201, taken.body)
  await api.close()

  const { database } = house
  assert.deepEqual(await tablesWith(database, [NUMBER, GROUPED]), [])
  assert.ok((await tablesWith(database, [KEPT])).includes('customers'))
  assert.match(logged, /payment-intents/)
  assert.ok(![NUMBER, GROUPED].some((each) => logged.includes(each)))
})
