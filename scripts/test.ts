// npm test            every check and every test of the repository
// npm test -- PATH…   the tests of some files or folders
import { globSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { buildStalePages } from './build-pages.mjs'
import { runChecks } from './check.ts'
import { runTestFiles } from './run-test-files.ts'

const ROOT = join(import.meta.dirname, '..')
const TEST_FILES = '**/*.{test,scenario}.ts'
/** Tests wait for a database, a gateway or a second to pass for a tenth of their time. */
const LANES_MORE = 1
/** What takes longest comes first. */
const FOLDERS = ['scenarios', 'packages', 'scripts', 'bench']

function listTestFiles(paths: readonly string[]): string[] {
  return paths
    .map((path) => resolve(ROOT, path))
    .flatMap((path) =>
      statSync(path).isDirectory()
        ? globSync(TEST_FILES, { cwd: path, exclude: ['**/node_modules/**'] })
            .map((file) => join(path, file))
            .toSorted()
        : [path],
    )
}

/**
 * One PostgreSQL for all files that ask the testkit for a database; each gets a database of its own. Loaded only
 * then, so that the tests of core run while the server is broken.
 */
async function startPostgresFor(files: readonly string[]): Promise<() => Promise<void>> {
  if (!files.some((file) => readFileSync(file, 'utf8').includes('testkit'))) return async () => {}
  const { startTestPostgres } = await import('../packages/testkit/src/index.ts')
  const postgres = await startTestPostgres() // announces itself to child processes
  return () => postgres.stop()
}

async function main(paths: readonly string[]): Promise<number> {
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort())

  const checks = paths.length === 0 ? await runChecks() : []
  const files = listTestFiles(paths.length === 0 ? FOLDERS : paths)
  // npm test has built them already; this is for `node scripts/test.ts` after a change.
  await buildStalePages(ROOT, (program, args) =>
    promisify(execFile)(process.execPath, [program, ...args]),
  )
  const stopPostgres = await startPostgresFor(files)
  try {
    const tests = await runTestFiles({
      root: ROOT,
      files,
      concurrency: availableParallelism() + LANES_MORE,
      signal: interruption.signal,
    })
    const passed = tests.passed + checks.filter(({ isPassed }) => isPassed).length
    const failed = tests.failed + checks.filter(({ isPassed }) => !isPassed).length
    const skipped = tests.skipped === 0 ? '' : `, ${tests.skipped} skipped`
    process.stdout.write(`\n${passed} passed, ${failed} failed${skipped}\n`)
    return failed === 0 && tests.passed > 0 && !interruption.signal.aborted ? 0 : 1
  } finally {
    await stopPostgres()
  }
}

process.exitCode = await main(process.argv.slice(2))
