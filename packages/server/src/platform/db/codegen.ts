// Writes schema.generated.ts and column-types.generated.ts from the migrations:
//   node packages/server/src/platform/db/codegen.ts
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createLogger } from '../log/index.ts'
import { startPostgres } from '../postgres/index.ts'
import { generateSchema } from './generate-schema.ts'
import { migrate } from './migrate.ts'

const here = import.meta.dirname
const log = createLogger({ level: 'warn', pretty: true })
const dataDir = await mkdtemp(join(tmpdir(), 'perennial-codegen-'))
try {
  const server = await startPostgres({ dataDir, log })
  try {
    await migrate({ url: server.url, directory: join(here, '../../../migrations'), log })
    const generated = await generateSchema(server.url)
    await writeFile(join(here, 'schema.generated.ts'), generated.schema)
    await writeFile(join(here, 'column-types.generated.ts'), generated.columnTypes)
  } finally {
    await server.stop()
  }
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
