import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '@perennial/testkit'
import pg from 'pg'

import { generateSchema } from './generate-schema.ts'

let home: TestDatabase
let toy: TestDatabase

before(async () => {
  home = await createTestDatabase()
  toy = await createEmptyDatabase()
})
after(async () => {
  await home.close()
  await toy.close()
})

test('the checked-in row types fit the migrations (else run platform/db/codegen.ts)', async () => {
  const read = (name: string) => readFile(join(import.meta.dirname, name), 'utf8')
  const { schema, columnTypes } = await generateSchema(home.url)
  assert.equal(await read('schema.generated.ts'), schema)
  assert.equal(await read('column-types.generated.ts'), columnTypes)
})

test('columns become their core types: nullable, defaulted, computed, and lists of words', async () => {
  const client = new pg.Client({ connectionString: toy.url })
  await client.connect()
  await client.query(`
    create table garden_plants (
      id uuid primary key,
      height_mm bigint,
      state text not null default 'seed' check (state in ('seed', 'grown')),
      planted_at timestamptz not null,
      ripe_on date,
      notes jsonb not null default '{}',
      label text generated always as (state || '!') stored
    )`)
  await client.end()
  const { schema, columnTypes } = await generateSchema(toy.url)
  assert.match(
    schema,
    new RegExp(
      [
        'export type GardenPlantsTable = {',
        '  id: Uuid',
        '  height_mm: bigint \\| null',
        "  state: Generated<'seed' \\| 'grown'>",
        '  planted_at: Instant',
        '  ripe_on: string \\| null',
        '  notes: Generated<JsonValue>',
        '  label: GeneratedAlways<string \\| null>',
        '}',
      ].join('\n'),
    ),
  )
  assert.match(
    columnTypes,
    /garden_plants: {\n {4}id: 'uuid',\n {4}height_mm: 'int8',[^}]*notes: 'jsonb',\n {2}}/,
  )
})
