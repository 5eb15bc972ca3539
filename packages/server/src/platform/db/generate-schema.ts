import pg from 'pg'

type Column = {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly isNullable: boolean
  readonly hasDefault: boolean
  readonly isGenerated: boolean
  /** The constraint `check (column in ('a', 'b'))`, as PostgreSQL prints it; null without one. */
  readonly check: string | null
}

export type GeneratedSchema = { readonly schema: string; readonly columnTypes: string }

const COLUMNS = `
  select c.relname as "table",
         a.attname as "column",
         case when t.typelem <> 0 and t.typlen = -1 then e.typname || '[]' else t.typname end as "type",
         not a.attnotnull as "isNullable",
         a.atthasdef and a.attgenerated = '' or a.attidentity <> '' as "hasDefault",
         a.attgenerated <> '' as "isGenerated",
         (select pg_get_constraintdef(k.oid) from pg_constraint k
           where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
           order by k.conname limit 1) as "check"
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_type e on e.oid = t.typelem
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     and c.relname <> 'schema_migrations'
   order by c.relname collate "C", a.attnum`

const TYPE_BY_NAME: Readonly<Record<string, string>> = {
  uuid: 'Uuid',
  timestamptz: 'Instant',
  int8: 'bigint',
  int2: 'number',
  int4: 'number',
  float4: 'number',
  float8: 'number',
  bool: 'boolean',
  json: 'JsonValue',
  jsonb: 'JsonValue',
  bytea: 'Uint8Array',
}

/** Row types and the column → type map of a migrated database, as the text of two source files. */
export async function generateSchema(url: string): Promise<GeneratedSchema> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Column>(COLUMNS)
    const tables = Map.groupBy(rows, (row) => row.table)
    return { schema: schemaText(tables), columnTypes: columnTypesText(tables) }
  } finally {
    await client.end()
  }
}

type Tables = ReadonlyMap<string, readonly Column[]>

const BANNER = '// Written by platform/db/codegen.ts from the migrations; do not edit.\n'

function schemaText(tables: Tables): string {
  const names = [...tables.keys()]
  const types = [...tables].map(
    ([table, columns]) =>
      `export type ${typeName(table)} = {\n${columns.map((column) => `  ${column.column}: ${columnType(column)}\n`).join('')}}\n`,
  )
  const database = `export type DB = {\n${names.map((name) => `  ${name}: ${typeName(name)}\n`).join('')}}\n`
  return [
    `${BANNER}import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Generated, GeneratedAlways } from 'kysely'
`,
    `export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }
`,
    ...types,
    database,
  ].join('\n')
}

function typeName(table: string): string {
  return `${table.replace(/(^|_)([a-z])/g, (_match, _start: string, letter: string) => letter.toUpperCase())}Table`
}

function columnType(column: Column): string {
  const list = column.type.endsWith('[]')
  const name = list ? column.type.slice(0, -2) : column.type
  const base = literals(column.check) ?? TYPE_BY_NAME[name] ?? 'string'
  const bare = list ? `${base}[]` : base
  const nullable = column.isNullable ? `${bare} | null` : bare
  if (column.isGenerated) return `GeneratedAlways<${nullable}>`
  return column.hasDefault ? `Generated<${nullable}>` : nullable
}

/** `CHECK ((state = ANY (ARRAY['a'::text, 'b'::text])))` → `'a' | 'b'`. */
function literals(check: string | null): string | null {
  const list = check?.match(/^CHECK \(\(\w+ = ANY \(ARRAY\[(.*)\]\)\)\)$/)?.[1]
  const single = check?.match(/^CHECK \(\(\w+ = ('[\w-]+'::text)\)\)$/)?.[1]
  const found = [...(list ?? single ?? '').matchAll(/'([\w-]+)'::text/g)].map(
    (match) => `'${match[1]}'`,
  )
  return found.length === 0 ? null : found.join(' | ')
}

function columnTypesText(tables: Tables): string {
  const lines = [...tables].map(
    ([table, columns]) =>
      `  ${table}: {\n${columns
        .filter((column) => !column.isGenerated)
        .map((column) => `    ${column.column}: '${column.type}',\n`)
        .join('')}  },\n`,
  )
  return `${BANNER}\n/** The PostgreSQL type of every column that can be written. */\nexport const COLUMN_TYPES = {\n${lines.join('')}} as const\n`
}
