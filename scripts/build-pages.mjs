// Builds the pages of packages/web whose sources have changed since they were built. Plain JavaScript, because
// scripts/with-node.mjs asks it before anything else runs; a warm run reads some twenty small files.
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'

const STAMP = '.stamp'
/** What a page is not made of. */
const ASIDE = /^(dist|node_modules)$|\.test\.ts$|\.md$/

function listSources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !ASIDE.test(name))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? listSources(path) : [path]
    })
}

/** Of everything that goes into a page: its own files, and the versions that packages/web names. */
function stampOf(web, app) {
  const hash = createHash('sha256')
  for (const path of [join(web, 'package.json'), ...listSources(app)])
    hash.update(`${relative(web, path)}\n`).update(readFileSync(path))
  return hash.digest('hex')
}

function readStamp(app) {
  const path = join(app, 'dist', STAMP)
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

/** Folders of pages that are stale, with the stamp that they should have. */
export function findStalePages(root) {
  const web = join(root, 'packages/web')
  const apps = join(web, 'apps')
  if (!existsSync(apps)) return []
  return readdirSync(apps)
    .map((name) => join(apps, name))
    .map((app) => ({ app, stamp: stampOf(web, app) }))
    .filter(({ app, stamp }) => readStamp(app) !== stamp)
}

/**
 * Builds what is stale, each page beside its old build and then in its place. `build` is given the program and its
 * arguments, runs it on the checkout's Node, and waits for its end.
 */
export async function buildStalePages(root, build) {
  for (const { app, stamp } of findStalePages(root)) {
    const built = join(root, 'node_modules/.cache/pages', relative(root, app))
    rmSync(built, { recursive: true, force: true })
    mkdirSync(built, { recursive: true })
    const vite = join(root, 'node_modules/vite/bin/vite.js')
    await build(vite, ['build', app, '--outDir', built, '--emptyOutDir'])
    writeFileSync(join(built, STAMP), stamp)
    rmSync(join(app, 'dist'), { recursive: true, force: true })
    cpSync(built, join(app, 'dist'), { recursive: true })
    rmSync(built, { recursive: true, force: true })
  }
}
