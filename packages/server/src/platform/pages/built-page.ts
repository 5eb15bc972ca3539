import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { ApiInstance } from '../http/index.ts'

type Asset = { readonly type: string; readonly body: Buffer; readonly zipped: Buffer }

/** A page as packages/web builds it. Its files are small and held in memory, so that a new build disturbs no running service. */
export type BuiltPage = {
  /** The markup around it, with %TITLE% and %DATA% to fill in. */
  readonly template: string
  readonly assets: ReadonlyMap<string, Asset>
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** Null when it was not built: `npm start` and `npm test` build what is stale. */
export function readBuiltPage(folder: string): BuiltPage | null {
  const markup = join(folder, 'index.html')
  const assetsFolder = join(folder, 'assets')
  if (!existsSync(markup) || !existsSync(assetsFolder)) return null
  const assets = new Map<string, Asset>()
  for (const name of readdirSync(assetsFolder)) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const body = readFileSync(join(assetsFolder, name))
    assets.set(name, { type, body, zipped: gzipSync(body, { level: 9 }) })
  }
  return { template: readFileSync(markup, 'utf8'), assets }
}

/** Serves what the page loads. Names hold a hash of the contents, so that a browser may keep them for good. */
export function addPageAssets(app: ApiInstance, page: BuiltPage, prefix: string): void {
  app.get(`${prefix}/assets/:name`, { schema: { hide: true } }, async (request, reply) => {
    const name: unknown = Reflect.get(Object(request.params), 'name')
    const asset = page.assets.get(String(name))
    if (asset === undefined) return reply.callNotFound()
    const { type, body, zipped } = asset
    const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
    return reply
      .headers({
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
      })
      .type(type)
      .send(isZipped ? zipped : body)
  })
}
