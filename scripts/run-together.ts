// node run-together.ts FILE…   Runs test files in one process, one after the other, so that what they share is loaded
// and started once. Each is a suite with hooks of its own.
import asyncHooks, { type AsyncHook } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { closeShared, shareUntilEnd } from '../packages/testkit/src/at-end.ts'

/** Files that close what they started are over long before, on a busy machine too. */
const GRACE_MS = Number(process.env['PERENNIAL_LEAK_GRACE_MS'] ?? 20_000)
/** Where the cases of properties start: the same ones each time, so that a failure comes from what has been changed. */
const PROPERTY_SEED = Number(process.env['PERENNIAL_PROPERTY_SEED'] ?? 1)
/** The runner's own ends of standard input and output. */
const ALWAYS_OPEN = new Set(['PipeWrap', 'TTYWrap'])

let tracking: AsyncHook | undefined
const { after, suite } = await loadRunner()
const strays: Error[] = []
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => strays.push(toError(error)))
}

shareUntilEnd()
const files = process.argv.slice(2)
if (files.some((file) => readFileSync(file, 'utf8').includes('fast-check'))) {
  const { configureGlobal } = await import('fast-check')
  configureGlobal({ seed: PROPERTY_SEED })
}
for (const file of files) {
  tracking?.enable()
  await suite(file, async () => {
    after(throwStray)
    await import(file)
    tracking?.disable()
  })
}
await closeShared()

// What is still open a while after the last test fails the run and is named, instead of keeping it waiting until its
// time is up. Not waited for: files that have closed everything end before this.
setTimeout(() => {
  const open = process.getActiveResourcesInfo().filter((name) => !ALWAYS_OPEN.has(name))
  process.stderr.write(`still open after the last test: ${open.join(', ')}\n`)
  process.exit(1)
}, GRACE_MS).unref()

/**
 * node:test follows every promise and timer, to know which suite a test is declared in, and which test an error comes
 * from that nobody catches. The first it needs while a file loads only; the second takes a sixth of the processor time
 * of all tests, so that here such an error fails its file.
 */
async function loadRunner() {
  const { createHook } = asyncHooks
  Object.assign(asyncHooks, {
    createHook: (callbacks: Parameters<typeof createHook>[0]) => (tracking = createHook(callbacks)),
  })
  const runner = await import('node:test')
  Object.assign(asyncHooks, { createHook })
  return runner
}

function throwStray(): void {
  const [stray] = strays.splice(0)
  if (stray !== undefined) throw stray
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(inspect(thrown))
}
