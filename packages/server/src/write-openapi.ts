import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderOpenApi } from './render-openapi.ts'

// `node packages/server/src/write-openapi.ts`: brings the checked-in document up to date with the routes.
const file = join(import.meta.dirname, '../openapi.json')
await writeFile(file, await renderOpenApi())
