// node run-together.ts FILE…   Runs test files in one process, one after the other, so that what they share is loaded
// and started once. Each is a suite with hooks of its own.
import { suite } from 'node:test'
import { closeShared, shareUntilEnd } from '../packages/testkit/src/at-end.ts'

/** Files that close what they started are over long before, on a busy machine too. */
const GRACE_MS = Number(process.env['PERENNIAL_LEAK_GRACE_MS'] ?? 20_000)
/** The runner's own ends of standard input and output. */
const ALWAYS_OPEN = new Set(['PipeWrap', 'TTYWrap'])

shareUntilEnd()
for (const file of process.argv.slice(2)) await suite(file, () => import(file))
await closeShared()

// What is still open a while after the last test fails the run and is named, instead of keeping it waiting until its
// time is up. Not waited for: files that have closed everything end before this.
setTimeout(() => {
  const open = process.getActiveResourcesInfo().filter((name) => !ALWAYS_OPEN.has(name))
  process.stderr.write(`still open after the last test: ${open.join(', ')}\n`)
  process.exit(1)
}, GRACE_MS).unref()
