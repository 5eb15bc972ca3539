import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buildStalePages, findStalePages } from './build-pages.mjs'

const root = mkdtempSync(join(tmpdir(), 'pages-'))
after(() => rmSync(root, { recursive: true, force: true }))

test('a page is built when its sources or versions have changed, and only then', async () => {
  const app = join(root, 'packages/web/apps/pay')
  mkdirSync(join(app, 'src'), { recursive: true })
  const write = (path: string, text: string) => writeFileSync(join(root, 'packages/web', path), text) // prettier-ignore
  let builds = 0
  const build = async () => {
    builds += 1
  }
  const changes: readonly (readonly [path: string, text: string, builds: number])[] = [
    ['package.json', '{}', 1],
    ['apps/pay/src/main.tsx', 'one', 2],
    ['apps/pay/src/main.tsx', 'two', 3],
    ['apps/pay/src/main.test.ts', 'a test', 3],
    ['apps/pay/README.md', 'words', 3],
    ['package.json', '{"dependencies":{}}', 4],
  ]
  for (const [path, text, expected] of changes) {
    write(path, text)
    await buildStalePages(root, build)
    assert.deepEqual([builds, findStalePages(root)], [expected, []], `${path}: ${text}`)
  }
  await assert.rejects(
    async () => {
      write('apps/pay/src/main.tsx', 'broken')
      await buildStalePages(root, () => Promise.reject(new Error('it does not compile')))
    },
    { message: 'it does not compile' },
  )
  assert.equal(findStalePages(root).length, 1, 'what did not build is stale still')
})
