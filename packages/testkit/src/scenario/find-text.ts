import {
  COLUMN_TYPES,
  type Database,
  type TableName,
} from '../../../server/src/platform/db/index.ts'

/** Tables of which some row holds one of these texts: for "is kept nowhere". */
export async function findText(
  database: Database,
  texts: readonly string[],
): Promise<readonly string[]> {
  const { kysely } = database
  const isTable = (name: string): name is TableName => name in COLUMN_TYPES
  const found: string[] = []
  for (const name of Object.keys(COLUMN_TYPES).filter(isTable)) {
    const rows = await kysely
      .selectFrom(kysely.dynamic.table(name).as('each'))
      .selectAll()
      .execute()
    const written = JSON.stringify(rows, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    if (texts.some((text) => written.includes(text))) found.push(name)
  }
  return found
}
